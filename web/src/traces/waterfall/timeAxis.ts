import type { Trace } from '../model/decode';
import type { TraceTree } from '../model/tree';

/**
 * The horizontal axis. Long stretches in which no span runs are folded, so position and time are related piecewise: "axis
 * nanoseconds" run from 0 to `length` with folded stretches shortened.
 */
export interface TimeAxis {
  length: number;
  pieces: AxisPiece[];
}

export interface AxisPiece {
  startNanos: number;
  endNanos: number;
  axisStart: number;
  axisEnd: number;
  isFolded: boolean;
}

/** A gap is folded when it takes at least this share of the trace. */
const FOLD_SHARE = 0.15;
/** Width of a folded gap as a share of the time that is shown. */
const FOLDED_WIDTH = 0.03;

export function timeAxis(trace: Trace, tree: TraceTree, foldGaps = true): TimeAxis {
  const total = Math.max(1, trace.durationNanos);
  const gaps = foldGaps ? idleGaps(tree).filter((gap) => gap.end - gap.start >= total * FOLD_SHARE) : [];
  const shown = total - gaps.reduce((sum, gap) => sum + gap.end - gap.start, 0);
  const pieces: AxisPiece[] = [];
  let time = 0;
  let axis = 0;
  const add = (until: number, isFolded: boolean) => {
    if (until <= time) return;
    const length = isFolded ? shown * FOLDED_WIDTH : until - time;
    pieces.push({ startNanos: time, endNanos: until, axisStart: axis, axisEnd: axis + length, isFolded });
    time = until;
    axis += length;
  };
  for (const gap of gaps) {
    add(gap.start, false);
    add(gap.end, true);
  }
  add(total, false);
  return { length: axis, pieces };
}

function idleGaps(tree: TraceTree): { start: number; end: number }[] {
  const gaps: { start: number; end: number }[] = [];
  let covered = 0;
  for (const node of tree.byStart) {
    // A marker spans what hangs under it, gaps included.
    if (node >= tree.spanCount) continue;
    if (tree.startNanos[node]! > covered) gaps.push({ start: covered, end: tree.startNanos[node]! });
    covered = Math.max(covered, tree.endNanos[node]!);
  }
  return gaps;
}

export function toAxis(axis: TimeAxis, nanos: number): number {
  const { pieces } = axis;
  let piece = pieces[0]!;
  for (const candidate of pieces) if (candidate.startNanos <= nanos) piece = candidate;
  const share = (nanos - piece.startNanos) / (piece.endNanos - piece.startNanos);
  return piece.axisStart + share * (piece.axisEnd - piece.axisStart);
}

export function toNanos(axis: TimeAxis, position: number): number {
  const { pieces } = axis;
  let piece = pieces[0]!;
  for (const candidate of pieces) if (candidate.axisStart <= position) piece = candidate;
  const share = (position - piece.axisStart) / (piece.axisEnd - piece.axisStart);
  return piece.startNanos + share * (piece.endNanos - piece.startNanos);
}

/** The part of the axis that is on screen, in axis nanoseconds. */
export interface AxisView {
  from: number;
  to: number;
}

/** The view clipped to the axis and never narrower than 100 ns or a millionth of it. */
export function clampView(axis: TimeAxis, view: AxisView): AxisView {
  const least = Math.min(axis.length, Math.max(100, axis.length * 1e-6));
  let width = Math.min(axis.length, Math.max(least, view.to - view.from));
  let from = Math.max(0, Math.min(view.from, axis.length - width));
  if (!Number.isFinite(from) || !Number.isFinite(width)) {
    from = 0;
    width = axis.length;
  }
  return { from, to: from + width };
}

/** Zooms by a factor around a point that stays where it is. */
export function zoomAround(axis: TimeAxis, view: AxisView, at: number, factor: number): AxisView {
  return clampView(axis, { from: at - (at - view.from) * factor, to: at + (view.to - at) * factor });
}

export interface AxisTick {
  /** 0 … 1 from the view's left edge. */
  share: number;
  nanos: number;
  /** With as many digits as it takes to tell it from its neighbours. */
  text: string;
}

/** Round times inside the view, about `count` of them; none inside a fold. */
export function axisTicks(axis: TimeAxis, view: AxisView, count: number): AxisTick[] {
  const step = niceStep((view.to - view.from) / Math.max(1, count));
  const ticks: AxisTick[] = [];
  for (const piece of axis.pieces) {
    if (piece.isFolded || piece.axisEnd < view.from || piece.axisStart > view.to) continue;
    const from = Math.max(piece.startNanos, piece.startNanos + (view.from - piece.axisStart));
    const to = Math.min(piece.endNanos, piece.startNanos + (view.to - piece.axisStart));
    for (let nanos = Math.ceil(from / step - 1e-9) * step + 0; nanos <= to; nanos += step) {
      ticks.push({ nanos, text: tickText(nanos, step), share: (toAxis(axis, nanos) - view.from) / (view.to - view.from) });
    }
  }
  return ticks;
}

const UNITS: readonly [nanos: number, name: string][] = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
];

/** A time on the axis in the unit of its size: beside 31.02 s stands 31.04 s, not twice 31 s. */
export function tickText(nanos: number, stepNanos: number): string {
  if (nanos === 0) return '0';
  if (nanos >= 60e9 && stepNanos >= 1e9) {
    const seconds = Math.round(nanos / 1e9);
    const clock = `${String(Math.floor((seconds % 3600) / 60)).padStart(seconds < 3600 ? 1 : 2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
    return seconds < 3600 ? `${clock} min` : `${Math.floor(seconds / 3600)}:${clock} h`;
  }
  const [size, name] = UNITS.find(([unit]) => nanos >= unit * 0.9995) ?? UNITS[3]!;
  const digits = Math.max(0, Math.ceil(-Math.log10(stepNanos / size) - 1e-9));
  return `${(nanos / size).toFixed(Math.min(9, digits))}\u00a0${name}`;
}

/** 1, 2 or 5 times a power of ten, and 60-based above a second. */
function niceStep(raw: number): number {
  if (raw > 5e10) {
    const seconds = raw / 1e9;
    const step = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400].find((s) => s >= seconds);
    if (step) return step * 1e9;
  }
  const power = 10 ** Math.floor(Math.log10(Math.max(raw, 1)));
  const lead = raw / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}
