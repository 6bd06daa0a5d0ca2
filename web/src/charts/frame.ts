import { labelsKey } from '../palette/palette';
import type { Labels, MatrixSeries } from '../api/prometheus';

/** Series over one time grid: what a chart draws. */
export interface Frame {
  /** Unix seconds, ascending, evenly apart. */
  times: number[];
  series: FrameSeries[];
  /** Labels that all series have with the same value; left out of the names when there are several series. */
  common: Labels;
}

export interface FrameSeries {
  labels: Labels;
  key: string;
  /** The metric's name and the labels that tell this series from the others. */
  name: string;
  /** One per time; null where there is no value. NaN and infinities are null too: a line cannot show them. */
  values: (number | null)[];
  stats: SeriesStats;
}

/** Over the values of a series that are there; null when there is none. */
export interface SeriesStats {
  last: number | null;
  min: number | null;
  avg: number | null;
  max: number | null;
}

/** Puts the points of a range query on its grid, so that what is missing is a gap. */
export function frameOf(matrix: readonly MatrixSeries[], startMs: number, endMs: number, stepSeconds: number): Frame {
  const start = startMs / 1000;
  const count = Math.floor((endMs / 1000 - start) / stepSeconds + 1e-6) + 1;
  const times = Array.from({ length: count }, (_, i) => start + i * stepSeconds);
  const common = commonLabels(matrix.map((series) => series.metric));
  const several = matrix.length > 1;
  const series = matrix.map((one): FrameSeries => {
    const values = new Array<number | null>(count).fill(null);
    for (const [time, text] of one.values ?? []) {
      const index = Math.round((time - start) / stepSeconds);
      const value = parseSample(text);
      if (index >= 0 && index < count && Number.isFinite(value)) values[index] = value;
    }
    return { labels: one.metric, key: labelsKey(one.metric), name: seriesName(one.metric, several ? common : {}), values, stats: statsOf(values) };
  });
  return { times, series, common: several ? common : {} };
}

/** Reads a sample as the API writes it, `+Inf`, `-Inf` and `NaN` included. */
export function parseSample(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  return Number(text);
}

export function commonLabels(sets: readonly Labels[]): Labels {
  const [first, ...rest] = sets;
  if (first === undefined) return {};
  return Object.fromEntries(Object.entries(first).filter(([name, value]) => name !== '__name__' && rest.every((other) => other[name] === value)));
}

/** `name{a="b"}` without the labels named in `without`; `{}` becomes the word `value`. */
export function seriesName(labels: Labels, without: Labels): string {
  const pairs = Object.keys(labels)
    .filter((name) => name !== '__name__' && !(name in without))
    .sort()
    .map((name) => `${name}="${(labels[name] ?? '').replace(/["\\]/g, '\\$&')}"`);
  const metric = labels['__name__'] ?? '';
  if (pairs.length === 0) return metric === '' ? 'value' : metric;
  return `${metric}{${pairs.join(', ')}}`;
}

function statsOf(values: readonly (number | null)[]): SeriesStats {
  let last: number | null = null;
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (value === null) continue;
    last = value;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    count++;
  }
  return count === 0 ? { last: null, min: null, avg: null, max: null } : { last, min, avg: sum / count, max };
}
