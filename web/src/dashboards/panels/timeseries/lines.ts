import { coloursOf } from '../../../palette/palette';
import type { Scheme } from '../../../theme/useScheme';
import { numberFields, timeField } from '../../frames/frame';
import type { DataFrame, Field } from '../../frames/frame';
import { displayName } from '../../frames/names';
import { reduceValues } from '../../frames/reduce';
import { colourNamed } from '../../look/colours';
import { colourOf } from '../../look/display';
import { numberOf, objectOf, textOf } from '../../model/json';
import { limitsOf } from '../values';

/** A series of a chart: its points, where it belongs, how it is drawn. */
export interface Line {
  key: string;
  name: string;
  colour: string;
  field: Field;
  times: number[];
  /** Signs turned where the panel asks for it; null is a gap. */
  values: (number | null)[];
  axis: string;
  stack: string | null;
  percent: boolean;
  inLegend: boolean;
  inTooltip: boolean;
}

/** Every number that has a time beside it, except those that are hidden. Names that occur twice are told apart by a number. */
export function linesOf(frames: readonly DataFrame[], scheme: Scheme): Line[] {
  const made: Omit<Line, 'colour'>[] = [];
  const uses = new Map<string, number>();
  for (const frame of frames) {
    const time = timeField(frame);
    if (time === undefined) continue;
    for (const field of numberFields(frame)) {
      const hide = objectOf(field.config.custom['hideFrom']);
      if (hide['viz'] === true) continue;
      const name = displayName(field, frame, frames);
      const count = (uses.get(name) ?? 0) + 1;
      uses.set(name, count);
      const { times, values } = withGaps(time.values as number[], field);
      const negative = field.config.custom['transform'] === 'negative-Y';
      const stacking = objectOf(field.config.custom['stacking']);
      const mode = textOf(stacking['mode']);
      const axis = axisKey(field);
      made.push({
        key: count === 1 ? name : `${name} ${count}`,
        name,
        field,
        times,
        values: negative ? values.map((value) => (value === null ? null : -value)) : values,
        axis,
        stack: mode === 'normal' || mode === 'percent' ? [axis, textOf(stacking['group']), textOf(field.config.custom['drawStyle']) || 'line', negative].join('\u0001') : null,
        percent: mode === 'percent',
        inLegend: hide['legend'] !== true,
        inTooltip: hide['tooltip'] !== true,
      });
    }
  }
  const palette = coloursOf(made.map((line) => line.key), scheme);
  return made.map((line, i) => ({ ...line, colour: lineColour(line.field, frames, scheme, palette[i]!) }));
}

function lineColour(field: Field, frames: readonly DataFrame[], scheme: Scheme, own: string): string {
  const { color } = field.config;
  const mode = color?.mode ?? 'palette-classic';
  if (mode === 'fixed' || mode === 'shades') return color?.fixedColor == null ? own : colourNamed(color.fixedColor, scheme);
  if (mode.startsWith('palette-')) return own;
  const limits = limitsOf(field, frames);
  const by = reduceValues(field.values, color?.seriesBy === 'min' ? 'min' : color?.seriesBy === 'max' ? 'max' : 'lastNotNull');
  return colourOf(field.config, typeof by === 'number' ? by : NaN, limits.min, limits.max, scheme, own) ?? own;
}

/** Series with the same unit, limits and side share an axis. */
function axisKey(field: Field): string {
  const { unit, min, max, custom } = field.config;
  const scale = objectOf(custom['scaleDistribution']);
  const placement = textOf(custom['axisPlacement']) || 'auto';
  return [unit ?? '', min ?? '', max ?? '', placement === 'auto' ? '' : placement, textOf(scale['type']) === 'log' ? `log${numberOf(scale['log']) ?? 10}` : '', textOf(custom['axisLabel'])].join('\u0001');
}

/** Puts a gap where points are further apart than the data's interval, unless the panel spans them. */
function withGaps(times: readonly number[], field: Field): { times: number[]; values: (number | null)[] } {
  const span = field.config.custom['spanNulls'];
  const interval = field.config.intervalMs;
  const points = field.values.map((value) => (typeof value === 'number' && Number.isFinite(value) ? value : null));
  const most = typeof span === 'number' ? span : span === true ? Infinity : interval === null ? Infinity : interval * 1.5;
  if (most === Infinity || times.length < 2) return { times: [...times], values: points };
  const outTimes: number[] = [];
  const outValues: (number | null)[] = [];
  times.forEach((time, i) => {
    if (i > 0 && time - times[i - 1]! > most) {
      outTimes.push(times[i - 1]! + (interval ?? (time - times[i - 1]!) / 2));
      outValues.push(null);
    }
    outTimes.push(time);
    outValues.push(points[i]!);
  });
  return { times: outTimes, values: outValues };
}

/** All lines over one row of times, as uPlot wants them: `undefined` where only other lines have a point, null for a gap. */
export function joinedLines(lines: readonly Line[]): { times: number[]; values: (number | null | undefined)[][] } {
  const same = lines.every((line) => line.times.length === lines[0]!.times.length && line.times.every((time, i) => time === lines[0]!.times[i]));
  if (lines.length === 0) return { times: [], values: [] };
  if (same) return { times: lines[0]!.times, values: lines.map((line) => line.values) };
  const times = [...new Set(lines.flatMap((line) => line.times))].sort((a, b) => a - b);
  const index = new Map(times.map((time, i) => [time, i]));
  const values = lines.map((line) => {
    const column = new Array<number | null | undefined>(times.length).fill(undefined);
    line.times.forEach((time, i) => {
      column[index.get(time)!] = line.values[i]!;
    });
    return column;
  });
  return { times, values };
}

/** Heights of stacked lines on top of one another, and for each the line below it (-1 for the ground). */
export function stacked(lines: readonly Line[], values: readonly (readonly (number | null | undefined)[])[]): { values: (number | null | undefined)[][]; below: number[] } {
  const tops = new Map<string, { sums: number[]; last: number }>();
  const totals = new Map<string, number[]>();
  lines.forEach((line, i) => {
    if (line.stack === null || !line.percent) return;
    const sums = totals.get(line.stack) ?? new Array<number>(values[i]!.length).fill(0);
    values[i]!.forEach((value, at) => {
      sums[at]! += Math.abs(value ?? 0);
    });
    totals.set(line.stack, sums);
  });
  const below = lines.map(() => -1);
  const out = lines.map((line, i) => {
    const own = values[i]!;
    if (line.stack === null) return [...own];
    const top = tops.get(line.stack) ?? { sums: new Array<number>(own.length).fill(0), last: -1 };
    tops.set(line.stack, top);
    below[i] = top.last;
    top.last = i;
    const total = line.percent ? totals.get(line.stack)! : null;
    return own.map((value, at) => {
      if (value === null) return null;
      if (value === undefined && top.sums[at] === 0) return undefined;
      top.sums[at]! += total === null ? (value ?? 0) : total[at] === 0 ? 0 : (value ?? 0) / total[at]!;
      return value === undefined ? undefined : top.sums[at]!;
    });
  });
  return { values: out, below };
}
