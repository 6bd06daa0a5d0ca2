import type { VectorSample } from '../../api/prometheus';
import { parseSample } from '../../charts/frame';
import { share } from './serviceList';

/** What a service does under one name. */
export interface Operation {
  name: string;
  /** `SPAN_KIND_SERVER` and so on. */
  kind: string;
  rate: number;
  errorShare: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

const ENTRY_KINDS = new Set(['SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER']);

/** Whether something reaches the service by it, rather than it being a step within or a call it makes. */
export function isEntry({ kind }: Operation): boolean {
  return ENTRY_KINDS.has(kind);
}

/** `SPAN_KIND_SERVER` as people say it: server. */
export function kindName(kind: string): string {
  return kind.replace(/^SPAN_KIND_/, '').toLowerCase();
}

export function operations(answers: Record<'rate' | 'failed' | 'p50' | 'p95' | 'p99', readonly VectorSample[]>): Operation[] {
  const keyOf = (metric: Readonly<Record<string, string>>) => `${metric['span_kind'] ?? ''}\u0001${metric['span_name'] ?? ''}`;
  const valuesOf = (samples: readonly VectorSample[]) => new Map(samples.map(({ metric, value }) => [keyOf(metric), value === undefined ? NaN : parseSample(value[1])]));
  const finite = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : null);
  const [failed, p50, p95, p99] = [answers.failed, answers.p50, answers.p95, answers.p99].map(valuesOf);
  return answers.rate.flatMap(({ metric, value }) => {
    const rate = value === undefined ? NaN : parseSample(value[1]);
    if (!Number.isFinite(rate)) return [];
    const key = keyOf(metric);
    return [
      {
        name: metric['span_name'] ?? '',
        kind: metric['span_kind'] ?? '',
        rate,
        errorShare: share(finite(failed!.get(key)) ?? 0, rate),
        p50: finite(p50!.get(key)),
        p95: finite(p95!.get(key)),
        p99: finite(p99!.get(key)),
      },
    ];
  });
}

export const OPERATION_ORDERS = ['rate', 'name', 'errors', 'p50', 'p95', 'p99'] as const;
export type OperationOrder = (typeof OPERATION_ORDERS)[number];

export function sortOperations(all: readonly Operation[], order: OperationOrder, isReversed: boolean): Operation[] {
  const sign = isReversed ? -1 : 1;
  const key = (one: Operation) => (order === 'name' ? null : order === 'errors' ? one.errorShare : one[order]);
  return [...all].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x !== y) return x === null ? 1 : y === null ? -1 : (y - x) * sign;
    return a.name.localeCompare(b.name) * (order === 'name' ? sign : 1) || a.kind.localeCompare(b.kind);
  });
}
