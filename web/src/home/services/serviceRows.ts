import type { MatrixSeries } from '../../api/prometheus';
import type { TempoTraceSummary } from '../../api/tempo';

export interface ServiceRow {
  name: string;
  /** Traces that it took part in, among those looked at; null when it has no traces. */
  traces: number | null;
  /** Share of its spans that failed, 0 to 1. */
  errorShare: number | null;
  /** Spans that failed, and all, among the traces looked at. */
  errors: number;
  spans: number;
  /** 95th percentile of the traces that begin with it, in seconds. */
  p95Seconds: number | null;
  /** Log lines per second over time; null when it has no logs. */
  lines: (number | null)[] | null;
  linesPerSecond: number | null;
}

/**
 * What is known of each service: errors and latency from the newest traces, lines from logs. Worst first: by share of errors, then
 * by latency, then by name.
 */
export function serviceRows(traces: readonly TempoTraceSummary[], logs: readonly MatrixSeries[], points: { startSeconds: number; stepSeconds: number; count: number }): ServiceRow[] {
  const rows = new Map<string, ServiceRow & { durations: number[] }>();
  const rowOf = (name: string) => {
    const row = rows.get(name) ?? { name, traces: null, errorShare: null, errors: 0, spans: 0, p95Seconds: null, lines: null, linesPerSecond: null, durations: [] };
    rows.set(name, row);
    return row;
  };
  for (const trace of traces) {
    for (const [name, stats] of Object.entries(trace.serviceStats ?? {})) {
      const row = rowOf(name);
      row.traces = (row.traces ?? 0) + 1;
      row.spans += stats.spanCount ?? 0;
      row.errors += stats.errorCount ?? 0;
    }
    // The server's word for a root that has not come yet is in angle brackets: no service.
    const root = trace.rootServiceName ?? '';
    if (root !== '' && !root.startsWith('<')) {
      const row = rowOf(root);
      row.traces ??= 1;
      row.durations.push((trace.durationMs ?? 0) / 1000);
    }
  }
  for (const series of logs) {
    const name = series.metric['service_name'] ?? '';
    if (name === '') continue;
    const row = rowOf(name);
    row.lines = new Array<number | null>(points.count).fill(0);
    for (const [time, value] of series.values ?? []) {
      const index = Math.round((time - points.startSeconds) / points.stepSeconds);
      if (index >= 0 && index < points.count) row.lines[index] = Number(value);
    }
    row.linesPerSecond = row.lines.reduce<number>((sum, value) => sum + (value ?? 0), 0) / points.count;
  }
  const finished = [...rows.values()].map(({ durations, ...row }): ServiceRow => ({ ...row, errorShare: row.spans > 0 ? row.errors / row.spans : null, p95Seconds: percentile95(durations) }));
  return finished.sort((a, b) => (b.errorShare ?? -1) - (a.errorShare ?? -1) || (b.p95Seconds ?? -1) - (a.p95Seconds ?? -1) || a.name.localeCompare(b.name));
}

function percentile95(values: number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.95) - 1)]!;
}
