import { childCount } from '../model/tree';
import type { TraceTree } from '../model/tree';

export interface Walker {
  tree: TraceTree;
  rows: Int32Array;
  collapsed: ReadonlySet<number>;
  /** Row index under the keyboard's cursor. */
  row: number;
  pageRows: number;
}

export type WalkStep = { kind: 'move'; row: number } | { kind: 'collapse' | 'expand'; node: number } | null;

/** What an arrow key does in a tree: up and down move, left closes or goes to the parent, right opens or goes to the first child. */
export function walk(walker: Walker, key: string): WalkStep {
  const { tree, rows, collapsed, row, pageRows } = walker;
  const node = rows[row];
  if (node === undefined) return null;
  const moveTo = (to: number): WalkStep => ({ kind: 'move', row: Math.max(0, Math.min(rows.length - 1, to)) });
  const canOpen = childCount(tree, node) > 0;
  switch (key) {
    case 'ArrowDown':
      return moveTo(row + 1);
    case 'ArrowUp':
      return moveTo(row - 1);
    case 'PageDown':
      return moveTo(row + pageRows);
    case 'PageUp':
      return moveTo(row - pageRows);
    case 'Home':
      return moveTo(0);
    case 'End':
      return moveTo(rows.length - 1);
    case 'ArrowRight':
      if (!canOpen) return null;
      return collapsed.has(node) ? { kind: 'expand', node } : moveTo(row + 1);
    case 'ArrowLeft': {
      if (canOpen && !collapsed.has(node)) return { kind: 'collapse', node };
      const parent = tree.parent[node]!;
      if (parent === -1) return null;
      let above = row - 1;
      while (above > 0 && rows[above] !== parent) above--;
      return moveTo(above);
    }
    default:
      return null;
  }
}
