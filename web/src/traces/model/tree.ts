import type { Trace } from './decode';

/**
 * The tree of a trace in flat arrays. Nodes 0 … spanCount−1 are spans, the following ones are markers: one for each parent id
 * that spans name but that is not in the trace. Children stand in order of their start.
 */
export interface TraceTree {
  nodeCount: number;
  spanCount: number;
  /** Node → parent node, −1 at the top. */
  parent: Int32Array;
  /** Nodes in pre-order; a subtree is the slice from its position up to `subtreeEnd`. */
  order: Int32Array;
  /** Node → its position in `order`. */
  position: Int32Array;
  /** Position → first position after the subtree. */
  subtreeEnd: Int32Array;
  /** Node → depth, 0 at the top. */
  depth: Int32Array;
  startNanos: Float64Array;
  endNanos: Float64Array;
  childOffset: Int32Array;
  /** Children of node n, by start: `child[childOffset[n]] … child[childOffset[n + 1] − 1]`. */
  child: Int32Array;
  /** All nodes by start. */
  byStart: Int32Array;
  /** Parent ids of the markers, in node order. */
  missingParentIds: string[];
  /** 1 for a span whose parents led back to itself; it was put at the top. */
  isCycleRoot: Uint8Array;
  /** Nodes touched while building, so that a test can bound the work. */
  steps: number;
}

export function buildTree(trace: Trace): TraceTree {
  const { spanCount } = trace;
  const { parentOf, missingParentIds } = resolveParents(trace);
  const nodeCount = spanCount + missingParentIds.length;
  const parent = new Int32Array(nodeCount).fill(-1);
  parent.set(parentOf);

  const startNanos = new Float64Array(nodeCount).fill(Infinity);
  const endNanos = new Float64Array(nodeCount);
  startNanos.set(trace.startNanos);
  endNanos.set(trace.endNanos);
  for (let i = 0; i < spanCount; i++) {
    const marker = parent[i]!;
    if (marker < spanCount) continue;
    startNanos[marker] = Math.min(startNanos[marker]!, startNanos[i]!);
    endNanos[marker] = Math.max(endNanos[marker]!, endNanos[i]!);
  }

  const isCycleRoot = cutCycles(parent, startNanos);
  const byStart = Int32Array.from({ length: nodeCount }, (_, i) => i).sort((a, b) => startNanos[a]! - startNanos[b]! || a - b);
  const { childOffset, child, tops } = groupByParent(byStart, parent);
  const walk = preOrder(nodeCount, tops, childOffset, child);
  return { nodeCount, spanCount, byStart, parent, startNanos, endNanos, childOffset, child, missingParentIds, isCycleRoot, ...walk };
}

/**
 * Two spans may share an id when a server continues its client's span (Zipkin): the server is then the client's child, and
 * what names the id as its parent hangs under the server.
 */
function resolveParents(trace: Trace): { parentOf: Int32Array; missingParentIds: string[] } {
  const { spanCount, spanId, parentSpanId, kind } = trace;
  const caller = new Map<string, number>();
  const receiver = new Map<string, number>();
  for (let i = 0; i < spanCount; i++) {
    const isReceiver = kind[i] === 'server' || kind[i] === 'consumer';
    (isReceiver ? receiver : caller).set(spanId[i]!, i);
  }

  const parentOf = new Int32Array(spanCount).fill(-1);
  const missing = new Map<string, number>();
  for (let i = 0; i < spanCount; i++) {
    const id = spanId[i]!;
    const shared = receiver.get(id) === i ? caller.get(id) : undefined;
    if (shared !== undefined) {
      parentOf[i] = shared;
      continue;
    }
    const parentId = parentSpanId[i]!;
    if (parentId === '') continue;
    const found = receiver.get(parentId) ?? caller.get(parentId);
    if (found !== undefined) {
      parentOf[i] = found;
      continue;
    }
    let marker = missing.get(parentId);
    if (marker === undefined) missing.set(parentId, (marker = spanCount + missing.size));
    parentOf[i] = marker;
  }
  return { parentOf, missingParentIds: [...missing.keys()] };
}

/** Cuts each cycle at its earliest span, so that every node hangs under some top. Changes `parent`. */
function cutCycles(parent: Int32Array, startNanos: Float64Array): Uint8Array {
  const isCycleRoot = new Uint8Array(parent.length);
  const walkOf = new Int32Array(parent.length).fill(-1);
  for (let from = 0; from < parent.length; from++) {
    let node = from;
    while (node !== -1 && walkOf[node] === -1) {
      walkOf[node] = from;
      node = parent[node]!;
    }
    if (node === -1 || walkOf[node] !== from) continue;
    let earliest = node;
    for (let at = parent[node]!; at !== node; at = parent[at]!) if (startNanos[at]! < startNanos[earliest]!) earliest = at;
    parent[earliest] = -1;
    isCycleRoot[earliest] = 1;
  }
  return isCycleRoot;
}

/** Counting sort of already sorted nodes into their parents' lists. */
export function groupByParent(sorted: Int32Array, parent: Int32Array): { childOffset: Int32Array; child: Int32Array; tops: Int32Array } {
  const nodeCount = parent.length;
  const childOffset = new Int32Array(nodeCount + 1);
  let topCount = 0;
  for (let i = 0; i < nodeCount; i++) {
    if (parent[i] === -1) topCount++;
    else childOffset[parent[i]! + 1]!++;
  }
  for (let i = 0; i < nodeCount; i++) childOffset[i + 1]! += childOffset[i]!;

  const next = childOffset.slice(0, nodeCount);
  const child = new Int32Array(nodeCount - topCount);
  const tops = new Int32Array(topCount);
  let top = 0;
  for (const node of sorted) {
    const p = parent[node]!;
    if (p === -1) tops[top++] = node;
    else child[next[p]!++] = node;
  }
  return { childOffset, child, tops };
}

function preOrder(nodeCount: number, tops: Int32Array, childOffset: Int32Array, child: Int32Array) {
  const order = new Int32Array(nodeCount);
  const position = new Int32Array(nodeCount);
  const subtreeEnd = new Int32Array(nodeCount);
  const depth = new Int32Array(nodeCount);
  const path = new Int32Array(nodeCount);
  const nextChild = childOffset.slice(0, nodeCount);
  let count = 0;
  let steps = 0;
  for (const top of tops) {
    let level = 0;
    path[0] = top;
    position[top] = count;
    order[count++] = top;
    while (level >= 0) {
      steps++;
      const node = path[level]!;
      if (nextChild[node]! < childOffset[node + 1]!) {
        const below = child[nextChild[node]!++]!;
        level++;
        path[level] = below;
        depth[below] = level;
        position[below] = count;
        order[count++] = below;
      } else {
        subtreeEnd[position[node]!] = count;
        level--;
      }
    }
  }
  return { order, position, subtreeEnd, depth, steps };
}

export function isMarker(tree: TraceTree, node: number): boolean {
  return node >= tree.spanCount;
}

export function childCount(tree: TraceTree, node: number): number {
  return tree.childOffset[node + 1]! - tree.childOffset[node]!;
}
