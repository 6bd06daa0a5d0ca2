import type { Trace } from '../model/decode';
import { offsetNanos } from '../model/decode';
import type { CriticalPath } from '../model/criticalPath';
import { isMarker } from '../model/tree';
import type { TraceTree } from '../model/tree';
import { toAxis } from './timeAxis';
import type { AxisTick, AxisView, TimeAxis } from './timeAxis';

/** Everything about a trace that does not change while looking at it. */
export interface TraceShape {
  trace: Trace;
  tree: TraceTree;
  path: CriticalPath;
  selfNanos: Float64Array;
  axis: TimeAxis;
}

export interface PaintColours {
  /** By service index. */
  service: readonly string[];
  grid: string;
  text: string;
  dimText: string;
  /** The line of the critical path inside a bar. */
  path: string;
  error: string;
  surface: string;
  accent: string;
}

export const ROW_PX = 24;
const BAR_PX = 12;
const FONT = '11px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace';

export interface RowsPainting {
  shape: TraceShape;
  rows: Int32Array;
  /** First row to paint, and how many; the canvas starts at the first one's top. */
  first: number;
  count: number;
  widthPx: number;
  view: AxisView;
  ticks: readonly AxisTick[];
  colours: PaintColours;
  collapsed: ReadonlySet<number>;
  /** When given, spans outside are faded. */
  matches: ReadonlySet<number> | null;
  /** Nanoseconds of log lines since the trace's start, by span. */
  logTicks: ReadonlyMap<number, readonly number[]>;
  durationText: (nanos: number) => string;
}

/** Paints the bars of some rows. Costs O(rows painted), whatever the size of the trace. */
export function paintRows(ctx: CanvasRenderingContext2D, p: RowsPainting): void {
  ctx.clearRect(0, 0, p.widthPx, p.count * ROW_PX);
  ctx.font = FONT;
  ctx.textBaseline = 'middle';
  paintGrid(ctx, p);
  for (let i = 0; i < p.count; i++) {
    const node = p.rows[p.first + i];
    if (node !== undefined) paintRow(ctx, p, node, i * ROW_PX);
  }
  ctx.globalAlpha = 1;
}

function paintGrid(ctx: CanvasRenderingContext2D, p: RowsPainting): void {
  const height = p.count * ROW_PX;
  ctx.fillStyle = p.colours.grid;
  for (const tick of p.ticks) ctx.fillRect(Math.round(tick.share * p.widthPx), 0, 1, height);
  for (const piece of p.shape.axis.pieces) {
    if (!piece.isFolded) continue;
    const from = xOf(p, piece.axisStart);
    const width = xOf(p, piece.axisEnd) - from;
    if (from > p.widthPx || from + width < 0) continue;
    ctx.globalAlpha = 0.5;
    ctx.fillRect(from, 0, width, height);
    ctx.globalAlpha = 1;
  }
}

function xOf(p: RowsPainting, axisPosition: number): number {
  return ((axisPosition - p.view.from) / (p.view.to - p.view.from)) * p.widthPx;
}

function paintRow(ctx: CanvasRenderingContext2D, p: RowsPainting, node: number, top: number): void {
  const { trace, tree, axis, path } = p.shape;
  const y = top + (ROW_PX - BAR_PX) / 2;
  const startX = xOf(p, toAxis(axis, tree.startNanos[node]!));
  const endX = xOf(p, toAxis(axis, tree.endNanos[node]!));
  const isFaded = p.matches !== null && !p.matches.has(node);
  ctx.globalAlpha = isFaded ? 0.3 : 1;

  // Beyond the edges nothing is seen, and huge coordinates make some rasterisers slow.
  const from = Math.max(-4, startX);
  const to = Math.min(p.widthPx + 4, Math.max(endX, startX + 2));
  const isError = !isMarker(tree, node) && trace.isError[node] === 1;
  if (to > from) {
    if (isMarker(tree, node)) {
      ctx.strokeStyle = p.colours.dimText;
      ctx.setLineDash([3, 3]);
      ctx.strokeRect(from + 0.5, y + 2.5, to - from - 1, BAR_PX - 5);
      ctx.setLineDash([]);
    } else {
      ctx.fillStyle = p.colours.service[trace.service[node]!]!;
      roundedRect(ctx, from, y, to - from, BAR_PX, 2);
      ctx.fill();
      paintCritical(ctx, p, path, axis, node, y);
      if (isError) {
        ctx.strokeStyle = p.colours.error;
        ctx.lineWidth = 1.5;
        roundedRect(ctx, from - 1.25, y - 1.25, to - from + 2.5, BAR_PX + 2.5, 3);
        ctx.stroke();
        ctx.lineWidth = 1;
      }
      paintTicks(ctx, p, node, y);
    }
  }
  paintDuration(ctx, p, node, startX, endX, top, isError);
}

function paintCritical(ctx: CanvasRenderingContext2D, p: RowsPainting, path: CriticalPath, axis: TimeAxis, node: number, y: number): void {
  ctx.fillStyle = p.colours.path;
  for (let i = path.offset[node]!; i < path.offset[node + 1]!; i++) {
    const from = Math.max(0, xOf(p, toAxis(axis, path.startNanos[i]!)));
    const to = Math.min(p.widthPx, xOf(p, toAxis(axis, path.endNanos[i]!)));
    if (to > from) ctx.fillRect(from, y + BAR_PX / 2 - 1.5, Math.max(1, to - from), 3);
  }
}

/** Events as ticks through the bar, log lines as small marks under it. */
function paintTicks(ctx: CanvasRenderingContext2D, p: RowsPainting, node: number, y: number): void {
  const { trace, axis } = p.shape;
  const events = trace.source[node]!.span.events;
  if (events) {
    ctx.fillStyle = p.colours.text;
    for (const event of events)
      ctx.fillRect(Math.round(xOf(p, toAxis(axis, offsetNanos(trace, event.timeUnixNano)))) - 1, y - 2, 2, BAR_PX + 4);
  }
  const logs = p.logTicks.get(node);
  if (logs) {
    ctx.fillStyle = p.colours.accent;
    for (const nanos of logs) {
      const x = Math.round(xOf(p, toAxis(axis, nanos)));
      ctx.beginPath();
      ctx.moveTo(x, y + BAR_PX - 1);
      ctx.lineTo(x + 3, y + BAR_PX + 4);
      ctx.lineTo(x - 3, y + BAR_PX + 4);
      ctx.fill();
    }
  }
}

/** The duration stands right of the bar, left of it where there is no room, inside it where there is none either. */
function paintDuration(
  ctx: CanvasRenderingContext2D,
  p: RowsPainting,
  node: number,
  startX: number,
  endX: number,
  top: number,
  isError: boolean,
): void {
  const { tree } = p.shape;
  const text = (isError ? '! ' : '') + p.durationText(tree.endNanos[node]! - tree.startNanos[node]!);
  const width = ctx.measureText(text).width;
  const middle = top + ROW_PX / 2 + 0.5;
  ctx.fillStyle = isError ? p.colours.error : p.colours.dimText;
  if (endX < 0) ctx.fillText(`◂ ${text}`, 4, middle);
  else if (startX > p.widthPx) ctx.fillText(`${text} ▸`, p.widthPx - width - 18, middle);
  else if (endX + width + 8 < p.widthPx) ctx.fillText(text, Math.max(endX, startX + 2) + 6, middle);
  else if (startX - width - 8 > 0) ctx.fillText(text, startX - width - 6, middle);
  else {
    // On top of the bar: a plate of the page's colour keeps it readable on every service colour.
    const x = Math.min(endX, p.widthPx) - width - 10;
    ctx.fillStyle = p.colours.surface;
    roundedRect(ctx, x - 4, top + 4, width + 8, ROW_PX - 8, 3);
    ctx.fill();
    ctx.fillStyle = isError ? p.colours.error : p.colours.text;
    ctx.fillText(text, x, middle);
  }
}

function roundedRect(ctx: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, radius: number): void {
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, Math.min(radius, width / 2));
}

/** At most so many spans are drawn on the minimap; of larger traces every n-th, and all errors up to the same number. */
const MINIMAP_SPANS = 4000;

/** Paints the whole trace small. Done once per trace and size, then blitted. */
export function paintMinimap(
  ctx: CanvasRenderingContext2D,
  shape: TraceShape,
  colours: PaintColours,
  widthPx: number,
  heightPx: number,
): void {
  const { trace, tree, axis } = shape;
  ctx.clearRect(0, 0, widthPx, heightPx);
  const stride = Math.max(1, Math.ceil(tree.nodeCount / MINIMAP_SPANS));
  const rowPx = Math.min(4, heightPx / tree.nodeCount);
  const barPx = Math.max(1, rowPx * 0.8);
  const draw = (at: number, colour: string, height: number) => {
    const node = tree.order[at]!;
    const from = (toAxis(axis, tree.startNanos[node]!) / axis.length) * widthPx;
    const to = (toAxis(axis, tree.endNanos[node]!) / axis.length) * widthPx;
    ctx.fillStyle = colour;
    ctx.fillRect(from, at * rowPx, Math.max(1, to - from), height);
  };
  for (let at = 0; at < tree.nodeCount; at += stride) {
    const node = tree.order[at]!;
    draw(at, isMarker(tree, node) ? colours.grid : colours.service[trace.service[node]!]!, barPx);
  }
  let errors = 0;
  for (let at = 0; at < tree.nodeCount && errors < MINIMAP_SPANS; at++) {
    const node = tree.order[at]!;
    if (isMarker(tree, node) || !trace.isError[node]) continue;
    errors++;
    draw(at, colours.error, Math.max(2, barPx));
  }
}
