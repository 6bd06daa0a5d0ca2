import { groupByParent } from './tree';
import type { TraceTree } from './tree';

/**
 * The spans' own stretches that the end of the trace waited for. Segments of node n are
 * `offset[n] … offset[n + 1] − 1` in `startNanos` and `endNanos`, latest first.
 */
export interface CriticalPath {
  offset: Int32Array;
  startNanos: Float64Array;
  endNanos: Float64Array;
  /** Sum of all segments. */
  durationNanos: number;
  /** Nodes and child links looked at, so that a test can bound the work. */
  steps: number;
}

/**
 * Walks back from the end: at each moment the path lies in the child that finished last before it, else in the span itself.
 * A child that outlives its parent is cut to it; what overlaps a child already on the path did not hold up the end.
 */
export function criticalPath(tree: TraceTree): CriticalPath {
  const { nodeCount, parent, startNanos, endNanos } = tree;
  const byEnd = Int32Array.from({ length: nodeCount }, (_, i) => i).sort((a, b) => endNanos[b]! - endNanos[a]! || b - a);
  const { childOffset, child, tops } = groupByParent(byEnd, parent);

  const node: number[] = [];
  const from: number[] = [];
  const to: number[] = [];
  let steps = 0;
  const emit = (n: number, start: number, end: number) => {
    if (end <= start || n >= tree.spanCount) return;
    node.push(n);
    from.push(start);
    to.push(end);
  };

  // A frame is a span being walked: the moment reached, and its next child to look at.
  const frameNode: number[] = [];
  const reached = new Float64Array(nodeCount);
  const nextChild = childOffset.slice(0, nodeCount);
  let topReached = Infinity;
  for (const top of tops) {
    steps++;
    if (endNanos[top]! > topReached) continue;
    topReached = startNanos[top]!;
    reached[top] = endNanos[top]!;
    frameNode.push(top);
    while (frameNode.length > 0) {
      steps++;
      const current = frameNode[frameNode.length - 1]!;
      const now = reached[current]!;
      if (nextChild[current]! >= childOffset[current + 1]!) {
        emit(current, startNanos[current]!, now);
        frameNode.pop();
        continue;
      }
      const candidate = child[nextChild[current]!++]!;
      const end = Math.min(endNanos[candidate]!, endNanos[current]!);
      const start = Math.max(startNanos[candidate]!, startNanos[current]!);
      if (end > now || start >= end) continue;
      emit(current, end, now);
      reached[current] = start;
      reached[candidate] = end;
      frameNode.push(candidate);
    }
  }
  return { ...byNode(nodeCount, node, from, to), steps };
}

function byNode(nodeCount: number, node: number[], from: number[], to: number[]): Omit<CriticalPath, 'steps'> {
  const offset = new Int32Array(nodeCount + 1);
  for (const n of node) offset[n + 1]!++;
  for (let i = 0; i < nodeCount; i++) offset[i + 1]! += offset[i]!;
  const next = offset.slice(0, nodeCount);
  const startNanos = new Float64Array(node.length);
  const endNanos = new Float64Array(node.length);
  let durationNanos = 0;
  for (let i = 0; i < node.length; i++) {
    const slot = next[node[i]!]!++;
    startNanos[slot] = from[i]!;
    endNanos[slot] = to[i]!;
    durationNanos += to[i]! - from[i]!;
  }
  return { offset, startNanos, endNanos, durationNanos };
}

/** Time on the critical path spent in the span itself. */
export function criticalNanos(path: CriticalPath, node: number): number {
  let sum = 0;
  for (let i = path.offset[node]!; i < path.offset[node + 1]!; i++) sum += path.endNanos[i]! - path.startNanos[i]!;
  return sum;
}
