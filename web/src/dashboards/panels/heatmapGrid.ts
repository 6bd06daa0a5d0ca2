import type { DataFrame } from '../frames/frame';
import { numberFields, timeField } from '../frames/frame';
import { displayName } from '../frames/names';
import { bucketSize } from './histogramBuckets';

/** Counts by time and bucket: what a heat map draws. */
export interface HeatGrid {
  /** Unix milliseconds, ascending. */
  times: number[];
  stepMs: number;
  /** Names of the buckets, the lowest first. */
  rows: string[];
  /** By row, then time; null where there is nothing. */
  cells: (number | null)[][];
  most: number;
}

/** Buckets as they came (a column for each, or a series for each `le`), or counted from values. */
export function heatGrid(frames: readonly DataFrame[], calculate: boolean): HeatGrid | null {
  return calculate ? counted(frames) : bucketed(frames);
}

function bucketed(frames: readonly DataFrame[]): HeatGrid | null {
  const columns = frames.flatMap((frame) => {
    const time = timeField(frame);
    return time === undefined ? [] : numberFields(frame).map((field) => ({ name: displayName(field, frame, frames), times: time.values as number[], values: field.values }));
  });
  if (columns.length === 0) return null;
  const bound = (name: string) => (name === '+Inf' ? Infinity : Number.parseFloat(name));
  if (columns.every((column) => !Number.isNaN(bound(column.name)))) columns.sort((a, b) => bound(a.name) - bound(b.name));
  const times = [...new Set(columns.flatMap((column) => column.times))].sort((a, b) => a - b);
  const index = new Map(times.map((time, i) => [time, i]));
  const cells = columns.map((column) => {
    const row = new Array<number | null>(times.length).fill(null);
    column.times.forEach((time, i) => {
      const value = column.values[i];
      row[index.get(time)!] = typeof value === 'number' && Number.isFinite(value) ? value : null;
    });
    return row;
  });
  return finish(times, columns.map((column) => column.name), cells);
}

const COLUMNS = 60;
const ROWS = 20;

function counted(frames: readonly DataFrame[]): HeatGrid | null {
  const points = frames.flatMap((frame) => {
    const time = timeField(frame);
    return time === undefined ? [] : numberFields(frame).flatMap((field) => field.values.flatMap((value, i) => (typeof value === 'number' && Number.isFinite(value) ? [{ time: time.values[i] as number, value }] : [])));
  });
  if (points.length === 0) return null;
  const range = (pick: (point: { time: number; value: number }) => number) => points.reduce(([low, high], point) => [Math.min(low, pick(point)), Math.max(high, pick(point))] as [number, number], [Infinity, -Infinity] as [number, number]);
  const [from, to] = range((point) => point.time);
  const [low, high] = range((point) => point.value);
  const stepMs = Math.max(1000, Math.ceil((to - from) / COLUMNS / 1000) * 1000);
  const size = bucketSize(low, high, ROWS);
  const first = Math.floor(low / size);
  const count = Math.floor(high / size) - first + 1;
  const times = Array.from({ length: Math.floor((to - from) / stepMs) + 1 }, (_, i) => from + i * stepMs);
  const cells = Array.from({ length: count }, () => new Array<number | null>(times.length).fill(null));
  for (const { time, value } of points) {
    const row = cells[Math.floor(value / size) - first]!;
    const at = Math.floor((time - from) / stepMs);
    row[at] = (row[at] ?? 0) + 1;
  }
  return finish(times, Array.from({ length: count }, (_, i) => String(Number(((first + i + 1) * size).toPrecision(6)))), cells);
}

function finish(times: number[], rows: string[], cells: (number | null)[][]): HeatGrid {
  let stepMs = Infinity;
  for (let i = 1; i < times.length; i++) stepMs = Math.min(stepMs, times[i]! - times[i - 1]!);
  let most = 0;
  for (const row of cells) for (const value of row) if (value !== null && value > most) most = value;
  return { times, stepMs: stepMs === Infinity ? 60_000 : stepMs, rows, cells, most };
}
