import type { TempoSearchAnswer } from '../../api/tempo';

/** A trace of the answer of `/api/search`, with left-out fields as their defaults. */
export interface FoundTrace {
  traceId: string;
  rootService: string;
  rootName: string;
  startUnixNanos: bigint;
  startMs: number;
  durationMs: number;
  spanCount: number | null;
  errorCount: number;
  services: { name: string; spanCount: number; errorCount: number }[];
  matchedSpans: number;
  /** The first span that the query found, to be opened at once. */
  firstMatch: string | null;
}

/** Tempo's words for a trace whose root has not come (yet). */
export const ROOT_MISSING = '<root span not yet received>';

export function foundTraces(answer: TempoSearchAnswer): FoundTrace[] {
  return (answer.traces ?? []).map((trace) => {
    const services = Object.entries(trace.serviceStats ?? {})
      .map(([name, stats]) => ({ name, spanCount: stats.spanCount ?? 0, errorCount: stats.errorCount ?? 0 }))
      .sort((a, b) => b.errorCount - a.errorCount || b.spanCount - a.spanCount || a.name.localeCompare(b.name));
    const startUnixNanos = BigInt(trace.startTimeUnixNano || 0);
    return {
      traceId: trace.traceID.padStart(32, '0'),
      rootService: trace.rootServiceName ?? '',
      rootName: trace.rootTraceName ?? '',
      startUnixNanos,
      startMs: Number(startUnixNanos / 1_000_000n),
      durationMs: trace.durationMs ?? 0,
      spanCount: trace.serviceStats ? services.reduce((sum, s) => sum + s.spanCount, 0) : null,
      errorCount: services.reduce((sum, s) => sum + s.errorCount, 0),
      services,
      matchedSpans: trace.spanSets?.reduce((sum, set) => sum + (set.matched ?? 0), 0) ?? 0,
      firstMatch: trace.spanSets?.[0]?.spans?.[0]?.spanID ?? null,
    };
  });
}

export type TraceOrder = 'start' | 'duration' | 'spans' | 'errors';

export function sortTraces(traces: readonly FoundTrace[], by: TraceOrder, isDescending: boolean): FoundTrace[] {
  const key = (t: FoundTrace) =>
    by === 'start' ? t.startMs : by === 'duration' ? t.durationMs : by === 'spans' ? (t.spanCount ?? 0) : t.errorCount;
  return [...traces].sort((a, b) => (isDescending ? key(b) - key(a) : key(a) - key(b)));
}

/** Something that looks like a trace id, in hex of at most 32 digits; null otherwise. */
export function typedTraceId(text: string): string | null {
  const id = text.trim().toLowerCase().replace(/^0x/, '').replace(/-/g, '');
  return /^[0-9a-f]{1,32}$/.test(id) && !/^0+$/.test(id) ? id.padStart(32, '0') : null;
}
