import type { MatrixSeries, VectorSample } from '../../api/prometheus';
import { parseSample } from '../../charts/frame';

/** A service as the list shows it. What is not known is null. */
export interface ServiceSummary {
  name: string;
  /** Requests a second over the whole range; null when it has no spans. */
  rate: number | null;
  failed: number;
  /** Share of requests that failed, 0 to 1. */
  errorShare: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  /** Over time, for sparklines; null where there was no request. */
  rateOverTime: (number | null)[];
  errorsOverTime: (number | null)[];
  p95OverTime: (number | null)[];
  /** Log lines a second; null when none came. */
  linesPerSecond: number | null;
}

export interface ServiceAnswers {
  rate: readonly VectorSample[];
  failed: readonly VectorSample[];
  p50: readonly VectorSample[];
  p95: readonly VectorSample[];
  p99: readonly VectorSample[];
  rateOverTime: readonly MatrixSeries[];
  failedOverTime: readonly MatrixSeries[];
  p95OverTime: readonly MatrixSeries[];
  /** Log lines a second, by `service_name`. */
  lines: readonly VectorSample[];
}

export interface Grid {
  startSeconds: number;
  stepSeconds: number;
  count: number;
}

/** Joins what is known of each service by its name. */
export function serviceSummaries(answers: ServiceAnswers, grid: Grid): ServiceSummary[] {
  const names = new Set([...answers.rate.map(({ metric }) => metric['service'] ?? ''), ...answers.lines.map(({ metric }) => metric['service_name'] ?? '')]);
  names.delete('');
  const [rate, failed, p50, p95, p99] = [answers.rate, answers.failed, answers.p50, answers.p95, answers.p99].map((samples) => byLabel(samples, 'service'));
  const lines = byLabel(answers.lines, 'service_name');
  const [rates, failures, latencies] = [answers.rateOverTime, answers.failedOverTime, answers.p95OverTime].map((matrix) => onGrid(matrix, grid));
  const none = () => new Array<number | null>(grid.count).fill(null);
  return [...names].map((name): ServiceSummary => {
    const perSecond = rate!.get(name) ?? null;
    const failing = failed!.get(name) ?? 0;
    const rateOverTime = rates!.get(name) ?? none();
    const failedOverTime = failures!.get(name);
    return {
      name,
      rate: perSecond,
      failed: failing,
      errorShare: share(failing, perSecond),
      p50: p50!.get(name) ?? null,
      p95: p95!.get(name) ?? null,
      p99: p99!.get(name) ?? null,
      rateOverTime,
      errorsOverTime: rateOverTime.map((value, i) => share(failedOverTime?.[i] ?? 0, value)),
      p95OverTime: latencies!.get(name) ?? none(),
      linesPerSecond: lines.get(name) ?? null,
    };
  });
}

/** Of nothing, no share failed: that is unknown, not 0. */
export function share(failed: number, all: number | null): number | null {
  return all === null || all <= 0 ? null : Math.min(1, failed / all);
}

/** Finite values by the value of a label. */
export function byLabel(samples: readonly VectorSample[], label: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const { metric, value } of samples) {
    const number = value === undefined ? NaN : parseSample(value[1]);
    if (Number.isFinite(number)) found.set(metric[label] ?? '', number);
  }
  return found;
}

function onGrid(matrix: readonly MatrixSeries[], { startSeconds, stepSeconds, count }: Grid): Map<string, (number | null)[]> {
  return new Map(
    matrix.map(({ metric, values }) => {
      const row = new Array<number | null>(count).fill(null);
      for (const [time, text] of values ?? []) {
        const index = Math.round((time - startSeconds) / stepSeconds);
        const value = parseSample(text);
        if (index >= 0 && index < count && Number.isFinite(value)) row[index] = value;
      }
      return [metric['service'] ?? '', row];
    }),
  );
}

export const ORDERS = ['worst', 'name', 'rate', 'errors', 'p50', 'p95', 'p99'] as const;
export type ServiceOrder = (typeof ORDERS)[number];

/** Worst first: by share of errors, then latency. In each order what is not known comes last. */
export function sortServices(services: readonly ServiceSummary[], order: ServiceOrder, isReversed: boolean): ServiceSummary[] {
  const keys = (one: ServiceSummary): (number | null)[] => {
    switch (order) {
      case 'worst':
        // Shares that read the same are the same, so that rows do not change places at each refresh.
        return [one.errorShare === null ? null : Math.round(one.errorShare * 1000), one.p95];
      case 'name':
        return [];
      case 'errors':
        return [one.errorShare];
      default:
        return [one[order]];
    }
  };
  const sign = isReversed ? -1 : 1;
  return [...services].sort((a, b) => {
    const [left, right] = [keys(a), keys(b)];
    for (let i = 0; i < left.length; i++) {
      const [x, y] = [left[i] ?? null, right[i] ?? null];
      if (x === y) continue;
      if (x === null || y === null) return x === null ? 1 : -1;
      return (y - x) * sign;
    }
    return a.name.localeCompare(b.name) * (order === 'name' ? sign : 1);
  });
}

/** Services whose name holds each word of the text. */
export function searchServices<T extends { name: string }>(services: readonly T[], text: string): T[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return services.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
}
