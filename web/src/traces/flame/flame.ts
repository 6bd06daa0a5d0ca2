import { isMarker } from '../model/tree';
import type { Trace } from '../model/decode';
import type { TraceTree } from '../model/tree';

/**
 * A trace with the spans of one name under the same callers put together, as flat arrays in pre-order: what a loop did a thousand times is
 * one box. Boxes 0 … count−1; a subtree is the slice from a box up to `end`.
 */
export interface Flame {
  count: number;
  depth: Int32Array;
  /** Box → first box after its subtree. */
  end: Int32Array;
  parent: Int32Array;
  /** Index into the trace's services; −1 for parents that are missing. */
  service: Int32Array;
  name: string[];
  /** Spans in the box, and how many of them failed. */
  spans: Int32Array;
  errors: Int32Array;
  /** Their durations together. */
  totalNanos: Float64Array;
  /** What of that none of their children took. */
  selfNanos: Float64Array;
  /** The longest of its spans: what a click opens. */
  longest: Int32Array;
  /** Where the box begins and how wide it is, in nanoseconds: as wide as its spans, and at least as what hangs below. */
  left: Float64Array;
  width: Float64Array;
  deepest: number;
}

interface Draft {
  parent: number;
  children: Map<string, number>;
  service: number;
  name: string;
  spans: number;
  errors: number;
  total: number;
  self: number;
  longest: number;
  longestNanos: number;
}

export function flameOf(trace: Trace, tree: TraceTree, selfNanos: Float64Array): Flame {
  const drafts: Draft[] = [];
  const tops = new Map<string, number>();
  const boxOf = new Int32Array(tree.nodeCount);
  for (const node of tree.order) {
    const parent = tree.parent[node]! === -1 ? -1 : boxOf[tree.parent[node]!]!;
    const isMissing = isMarker(tree, node);
    const service = isMissing ? -1 : trace.service[node]!;
    const name = isMissing ? 'missing parent' : trace.name[node]!;
    const among = parent === -1 ? tops : drafts[parent]!.children;
    const key = `${service}\u0001${name}`;
    let box = among.get(key);
    if (box === undefined) {
      box = drafts.push({ parent, children: new Map(), service, name, spans: 0, errors: 0, total: 0, self: 0, longest: node, longestNanos: -1 }) - 1;
      among.set(key, box);
    }
    boxOf[node] = box;
    const draft = drafts[box]!;
    const nanos = tree.endNanos[node]! - tree.startNanos[node]!;
    draft.spans++;
    draft.errors += isMissing ? 0 : trace.isError[node]!;
    draft.total += nanos;
    draft.self += isMissing ? 0 : selfNanos[node]!;
    if (nanos > draft.longestNanos) {
      draft.longest = node;
      draft.longestNanos = nanos;
    }
  }
  return laidOut(drafts, [...tops.values()]);
}

/** Pre-order with the widest first; widths from below, so that a box is never narrower than what it holds. */
function laidOut(drafts: readonly Draft[], tops: number[]): Flame {
  const needed = new Float64Array(drafts.length);
  // Children come after their parents, so that going backwards meets them first.
  for (let box = drafts.length - 1; box >= 0; box--) {
    let below = 0;
    for (const child of drafts[box]!.children.values()) below += needed[child]!;
    needed[box] = Math.max(drafts[box]!.total, below);
  }
  const count = drafts.length;
  const flame: Flame = {
    count,
    depth: new Int32Array(count),
    end: new Int32Array(count),
    parent: new Int32Array(count),
    service: new Int32Array(count),
    name: new Array<string>(count),
    spans: new Int32Array(count),
    errors: new Int32Array(count),
    totalNanos: new Float64Array(count),
    selfNanos: new Float64Array(count),
    longest: new Int32Array(count),
    left: new Float64Array(count),
    width: new Float64Array(count),
    deepest: 0,
  };
  const widest = (boxes: Iterable<number>) => [...boxes].sort((a, b) => needed[a]! - needed[b]! || b - a);
  /** Boxes to come, the next one last; negative ones end a subtree. */
  const stack: { box: number; parent: number; left: number }[] = [];
  const push = (boxes: Iterable<number>, parent: number, left: number) => {
    const ordered = widest(boxes);
    let at = left + ordered.reduce((sum, box) => sum + needed[box]!, 0);
    for (const box of ordered) {
      at -= needed[box]!;
      stack.push({ box, parent, left: at });
    }
  };
  push(tops, -1, 0);
  for (let at = 0; stack.length > 0; at++) {
    const { box, parent, left } = stack.pop()!;
    const draft = drafts[box]!;
    flame.parent[at] = parent;
    flame.depth[at] = parent === -1 ? 0 : flame.depth[parent]! + 1;
    flame.deepest = Math.max(flame.deepest, flame.depth[at]!);
    flame.service[at] = draft.service;
    flame.name[at] = draft.name;
    flame.spans[at] = draft.spans;
    flame.errors[at] = draft.errors;
    flame.totalNanos[at] = draft.total;
    flame.selfNanos[at] = draft.self;
    flame.longest[at] = draft.longest;
    flame.left[at] = left;
    flame.width[at] = needed[box]!;
    push(draft.children.values(), at, left);
  }
  for (let at = count - 1; at >= 0; at--) {
    flame.end[at] = Math.max(flame.end[at]!, at + 1);
    const parent = flame.parent[at]!;
    if (parent !== -1) flame.end[parent] = Math.max(flame.end[parent]!, flame.end[at]!);
  }
  return flame;
}

/**
 * Boxes to paint of the part from `from` to `to` (nanoseconds) that is `widthPx` wide: what would be narrower than half a pixel is left out
 * together with all below it, so that the work depends on the screen and not on the trace.
 */
export function visibleBoxes(flame: Flame, from: number, to: number, widthPx: number): number[] {
  const least = ((to - from) / Math.max(1, widthPx)) * 0.5;
  const shown: number[] = [];
  for (let at = 0; at < flame.count; ) {
    const left = flame.left[at]!;
    const isOutside = left >= to || left + flame.width[at]! <= from || flame.width[at]! < least;
    if (!isOutside) shown.push(at);
    at = isOutside ? flame.end[at]! : at + 1;
  }
  return shown;
}

/** The box at a place; null between boxes. */
export function boxAt(flame: Flame, depth: number, nanos: number): number | null {
  for (let at = 0; at < flame.count; ) {
    const holds = nanos >= flame.left[at]! && nanos < flame.left[at]! + flame.width[at]!;
    if (holds && flame.depth[at] === depth) return at;
    at = holds ? at + 1 : flame.end[at]!;
  }
  return null;
}
