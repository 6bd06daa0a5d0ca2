import { isMarker } from '../model/tree';
import type { Trace } from '../model/decode';
import type { TraceTree } from '../model/tree';
import { plainValue } from '../model/otlp';

/** Nodes to show from top to bottom: pre-order without what lies under a collapsed node. Skips subtrees, so it costs O(shown). */
export function visibleRows(tree: TraceTree, collapsed: ReadonlySet<number>): Int32Array {
  if (collapsed.size === 0) return tree.order;
  const rows = new Int32Array(tree.nodeCount);
  let count = 0;
  for (let at = 0; at < tree.nodeCount;) {
    const node = tree.order[at]!;
    rows[count++] = node;
    at = collapsed.has(node) ? tree.subtreeEnd[at]! : at + 1;
  }
  return rows.subarray(0, count);
}

/** The row that shows the node, or the nearest shown ancestor when it is inside a collapsed subtree. */
export function rowOf(tree: TraceTree, rows: Int32Array, node: number): number {
  const target = tree.position[node]!;
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tree.position[rows[middle]!]! <= target) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The collapsed set without the node's ancestors; the same object when nothing hides the node. */
export function revealing(tree: TraceTree, collapsed: ReadonlySet<number>, node: number): ReadonlySet<number> {
  let opened: Set<number> | null = null;
  for (let at = tree.parent[node]!; at !== -1; at = tree.parent[at]!) {
    if (!collapsed.has(at)) continue;
    opened ??= new Set(collapsed);
    opened.delete(at);
  }
  return opened ?? collapsed;
}

/** All nodes with children at this depth or below: collapsing them shows the tree down to it. */
export function collapsedBelow(tree: TraceTree, depth: number): Set<number> {
  const collapsed = new Set<number>();
  for (let node = 0; node < tree.nodeCount; node++) {
    if (tree.depth[node]! >= depth && tree.childOffset[node + 1]! > tree.childOffset[node]!) collapsed.add(node);
  }
  return collapsed;
}

/** Spans whose name, service, id, status message or attributes hold the text, in the order of the waterfall. */
export function searchSpans(trace: Trace, tree: TraceTree, text: string): Int32Array {
  const needle = text.trim().toLowerCase();
  if (needle === '') return new Int32Array(0);
  const serviceHit = trace.services.map((service) => service.toLowerCase().includes(needle));
  const found: number[] = [];
  for (const node of tree.order) {
    if (!isMarker(tree, node) && (serviceHit[trace.service[node]!] || spanHolds(trace, node, needle))) found.push(node);
  }
  return Int32Array.from(found);
}

function spanHolds(trace: Trace, node: number, needle: string): boolean {
  if (trace.name[node]!.toLowerCase().includes(needle) || trace.spanId[node]!.includes(needle)) return true;
  const { span } = trace.source[node]!;
  if (span.status?.message?.toLowerCase().includes(needle)) return true;
  for (const kv of span.attributes ?? []) {
    if (`${kv.key}=${String(plainValue(kv.value))}`.toLowerCase().includes(needle)) return true;
  }
  return (span.events ?? []).some((event) => event.name?.toLowerCase().includes(needle));
}
