import type { LokiSeries } from './lokiAnswer';

/** Series on one list of times: what a chart wants. A step without a sample is null, which is drawn as a gap. */
export interface MatrixColumns {
  /** Unix seconds. */
  times: number[];
  values: (number | null)[][];
}

export function matrixColumns(series: readonly LokiSeries[], stepMs: number): MatrixColumns {
  let first = Infinity;
  let last = -Infinity;
  for (const { values } of series) {
    if (values.length === 0) continue;
    first = Math.min(first, values[0]![0]);
    last = Math.max(last, values[values.length - 1]![0]);
  }
  if (first > last) return { times: [], values: series.map(() => []) };
  const step = stepMs / 1000;
  const count = Math.round((last - first) / step) + 1;
  const times = Array.from({ length: count }, (_, i) => first + i * step);
  const values = series.map((s) => {
    const column = new Array<number | null>(count).fill(null);
    for (const [seconds, value] of s.values) {
      const slot = Math.round((seconds - first) / step);
      if (slot < count) column[slot] = Number(value);
    }
    return column;
  });
  return { times, values };
}

/** `{app="x", level="error"}`, or `value` for a series without labels. */
export function seriesName(metric: Readonly<Record<string, string>>): string {
  const labels = Object.entries(metric);
  return labels.length === 0 ? 'value' : `{${labels.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`;
}
