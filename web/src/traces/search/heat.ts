import { parser } from '@grafana/lezer-traceql';
import type { TempoMetricsAnswer } from '../../api/tempo';

/** How many spans took how long, over time. */
export interface Heat {
  /** Unix milliseconds at which each column ends. */
  columnEndsMs: number[];
  stepMs: number;
  /** Upper bounds of rows in seconds, the shortest first, each twice the one before; none is left out between the first and the last. */
  bounds: number[];
  /** Spans, by row, then column. */
  counts: number[][];
  most: number;
  total: number;
}

/** Cells of `… | histogram_over_time(duration)`; null when no span was found. */
export function heatOf(answer: TempoMetricsAnswer, stepSeconds: number): Heat | null {
  const rows = new Map<number, Map<number, number>>();
  let firstMs = Infinity;
  let lastMs = -Infinity;
  for (const { labels, samples } of answer.series ?? []) {
    const bound = labels.find(({ key }) => key === '__bucket')?.value.doubleValue;
    if (bound === undefined) continue;
    for (const { timestampMs, value = 0 } of samples ?? []) {
      const at = Number(timestampMs);
      if (value <= 0) continue;
      firstMs = Math.min(firstMs, at);
      lastMs = Math.max(lastMs, at);
      const row = rows.get(bound) ?? new Map<number, number>();
      rows.set(bound, row.set(at, (row.get(at) ?? 0) + value));
    }
  }
  if (rows.size === 0) return null;
  const stepMs = stepSeconds * 1000;
  const columns = Math.round((lastMs - firstMs) / stepMs) + 1;
  const columnEndsMs = Array.from({ length: columns }, (_, i) => firstMs + i * stepMs);
  const shortest = Math.min(...rows.keys());
  const doublings = Math.round(Math.log2(Math.max(...rows.keys()) / shortest));
  const bounds = Array.from({ length: doublings + 1 }, (_, i) => shortest * 2 ** i);
  const counts = bounds.map(() => new Array<number>(columns).fill(0));
  let most = 0;
  let total = 0;
  for (const [bound, row] of rows) {
    const cells = counts[Math.round(Math.log2(bound / shortest))]!;
    for (const [at, count] of row) {
      const column = Math.round((at - firstMs) / stepMs);
      cells[column]! += count;
      most = Math.max(most, cells[column]!);
      total += count;
    }
  }
  return { columnEndsMs, stepMs, bounds, counts, most, total };
}

/** Microseconds as TraceQL writes a duration. */
const micros = (seconds: number) => `${Math.round(seconds * 1e6)}us`;

/** The query with only spans of this duration, in seconds; null for a query that is more than one pair of braces. */
export function withDuration(query: string, above: number, upTo: number): string | null {
  const inner = /^\s*\{([^]*)\}\s*$/.exec(query)?.[1];
  if (inner === undefined || !isOneSelector(query)) return null;
  const before = inner.trim();
  return `{ ${before === '' ? '' : before.includes('||') ? `(${before}) && ` : `${before} && `}duration > ${micros(above)} && duration <= ${micros(upTo)} }`;
}

/** Braces within quotes are no braces: the grammar tells. */
function isOneSelector(query: string): boolean {
  let selectors = 0;
  parser.parse(query).iterate({ enter: (node) => void (node.name === 'SpansetFilter' && selectors++) });
  return selectors === 1;
}
