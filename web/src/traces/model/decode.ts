import { attribute, hexId, spanKind, spanStatus } from './otlp';
import type { OtlpResourceSpans, OtlpScopeSpans, OtlpSpan, SpanKind, TraceByIdAnswer } from './otlp';

/**
 * A trace as columns: one entry per span, in the order of arrival. Times are nanoseconds since the trace's first start, exact in
 * a double for traces up to 104 days. Details of a span stay in the answer's own objects (`source`).
 */
export interface Trace {
  traceId: string;
  spanCount: number;
  spanId: string[];
  parentSpanId: string[];
  name: string[];
  kind: SpanKind[];
  /** Index into `services`. */
  service: Int32Array;
  /** 1 where the status is error. */
  isError: Uint8Array;
  startNanos: Float64Array;
  endNanos: Float64Array;
  services: string[];
  source: SpanSource[];
  startUnixNanos: bigint;
  durationNanos: number;
  errorCount: number;
  /** Spans with the same id and kind as an earlier one; they are left out. */
  duplicateCount: number;
  /** Why the server says that spans are missing, if it says so. */
  partialReason: string | null;
}

export interface SpanSource {
  span: OtlpSpan;
  scope: OtlpScopeSpans['scope'];
  resource: OtlpResourceSpans['resource'];
}

export const UNKNOWN_SERVICE = 'unknown service';

/** @returns null when the answer holds no span, which is how the API says that it does not know the id. */
export function decodeTrace(traceId: string, answer: TraceByIdAnswer): Trace | null {
  const { sources, duplicateCount } = distinctSpans(answer);
  const spanCount = sources.length;
  if (spanCount === 0) return null;

  const start = sources.map((s) => splitNanos(s.source.span.startTimeUnixNano));
  let first = start[0]!;
  for (const time of start) if (time.seconds < first.seconds || (time.seconds === first.seconds && time.nanos < first.nanos)) first = time;

  const services = new Map<string, number>();
  const trace: Trace = {
    traceId,
    spanCount,
    spanId: new Array<string>(spanCount),
    parentSpanId: new Array<string>(spanCount),
    name: new Array<string>(spanCount),
    kind: new Array<SpanKind>(spanCount),
    service: new Int32Array(spanCount),
    isError: new Uint8Array(spanCount),
    startNanos: new Float64Array(spanCount),
    endNanos: new Float64Array(spanCount),
    services: [],
    source: new Array<SpanSource>(spanCount),
    startUnixNanos: BigInt(first.seconds) * 1_000_000_000n + BigInt(first.nanos),
    durationNanos: 0,
    errorCount: 0,
    duplicateCount,
    partialReason: answer.status === 'PARTIAL' ? answer.message || 'the server returned only a part of this trace' : null,
  };

  for (let i = 0; i < spanCount; i++) {
    const { source, spanId, service } = sources[i]!;
    const { span } = source;
    const startNanos = since(first, start[i]!);
    const endNanos = Math.max(startNanos, since(first, splitNanos(span.endTimeUnixNano)));
    let serviceIndex = services.get(service);
    if (serviceIndex === undefined) services.set(service, (serviceIndex = services.size));
    trace.spanId[i] = spanId;
    trace.parentSpanId[i] = hexId(span.parentSpanId);
    trace.name[i] = span.name || '(no name)';
    trace.kind[i] = spanKind(span.kind);
    trace.service[i] = serviceIndex;
    trace.startNanos[i] = startNanos;
    trace.endNanos[i] = endNanos;
    trace.source[i] = source;
    if (endNanos > trace.durationNanos) trace.durationNanos = endNanos;
    if (spanStatus(span.status?.code) === 'error') {
      trace.isError[i] = 1;
      trace.errorCount++;
    }
  }
  trace.services = [...services.keys()];
  return trace;
}

interface DistinctSpan {
  source: SpanSource;
  spanId: string;
  service: string;
}

function distinctSpans(answer: TraceByIdAnswer): { sources: DistinctSpan[]; duplicateCount: number } {
  const body = answer.trace ?? answer;
  const sources: DistinctSpan[] = [];
  const seen = new Set<string>();
  let duplicateCount = 0;
  for (const resourceSpans of body.resourceSpans ?? body.batches ?? []) {
    const service = attribute(resourceSpans.resource?.attributes, 'service.name') || UNKNOWN_SERVICE;
    for (const scopeSpans of resourceSpans.scopeSpans ?? []) {
      for (const span of scopeSpans.spans ?? []) {
        const spanId = hexId(span.spanId);
        const identity = `${spanId}/${spanKind(span.kind)}`;
        if (seen.has(identity)) {
          duplicateCount++;
          continue;
        }
        seen.add(identity);
        sources.push({ source: { span, scope: scopeSpans.scope, resource: resourceSpans.resource }, spanId, service });
      }
    }
  }
  return { sources, duplicateCount };
}

interface SplitTime {
  seconds: number;
  nanos: number;
}

/** Nanoseconds since 1970 exceed a double, so seconds and the rest are kept apart. */
function splitNanos(time: string | number | undefined): SplitTime {
  const text = String(time ?? '0');
  if (text.length <= 9) return { seconds: 0, nanos: Number(text) || 0 };
  return { seconds: Number(text.slice(0, -9)), nanos: Number(text.slice(-9)) };
}

function since(origin: SplitTime, time: SplitTime): number {
  return (time.seconds - origin.seconds) * 1e9 + (time.nanos - origin.nanos);
}

/** Absolute time of an offset inside the trace, in nanoseconds since 1970. */
export function unixNanos(trace: Trace, offsetNanos: number): bigint {
  return trace.startUnixNanos + BigInt(Math.round(offsetNanos));
}

/** Where an absolute time lies in the trace, in nanoseconds since its start. */
export function offsetNanos(trace: Trace, timeUnixNano: string | number | undefined): number {
  return Number(BigInt(timeUnixNano ?? 0) - trace.startUnixNanos);
}
