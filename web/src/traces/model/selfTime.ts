import type { TraceTree } from './tree';

/** Node → nanoseconds in which none of its children ran. Children count once where they overlap and only inside their parent. */
export function selfTimes(tree: TraceTree): Float64Array {
  const { startNanos, endNanos, childOffset, child } = tree;
  const self = new Float64Array(tree.nodeCount);
  for (let node = 0; node < tree.nodeCount; node++) {
    let covered = startNanos[node]!;
    let idle = 0;
    for (let i = childOffset[node]!; i < childOffset[node + 1]!; i++) {
      const below = child[i]!;
      const start = Math.min(startNanos[below]!, endNanos[node]!);
      const end = Math.min(endNanos[below]!, endNanos[node]!);
      if (start > covered) idle += start - covered;
      if (end > covered) covered = end;
    }
    self[node] = idle + Math.max(0, endNanos[node]! - covered);
  }
  return self;
}
