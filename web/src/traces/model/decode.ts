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

const KIND_BITS: Record<SpanKind, number> = { unspecified: 0, internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };

export const UNKNOWN_SERVICE = 'unknown service';

/** @returns null when the answer holds no span, which is how the API says that it does not know the id. */
export function decodeTrace(traceId: string, answer: TraceByIdAnswer): Trace | null {
  const { sources, duplicateCount } = distinctSpans(answer);
  const spanCount = sources.length;
  if (spanCount === 0) return null;

  const first = firstStart(sources);

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
    const startNanos = since(first, span.startTimeUnixNano);
    const endNanos = Math.max(startNanos, since(first, span.endTimeUnixNano));
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
  /** Span id → kinds seen with it, one bit each. */
  const seen = new Map<string, number>();
  let duplicateCount = 0;
  for (const resourceSpans of body.resourceSpans ?? body.batches ?? []) {
    const service = attribute(resourceSpans.resource?.attributes, 'service.name') || UNKNOWN_SERVICE;
    for (const scopeSpans of resourceSpans.scopeSpans ?? []) {
      for (const span of scopeSpans.spans ?? []) {
        const spanId = hexId(span.spanId);
        const kinds = seen.get(spanId) ?? 0;
        const bit = 1 << KIND_BITS[spanKind(span.kind)];
        if (kinds & bit) {
          duplicateCount++;
          continue;
        }
        seen.set(spanId, kinds | bit);
        sources.push({ source: { span, scope: scopeSpans.scope, resource: resourceSpans.resource }, spanId, service });
      }
    }
  }
  return { sources, duplicateCount };
}

/** Nanoseconds since 1970 exceed a double, so seconds and the rest are kept apart. */
interface SplitTime {
  seconds: number;
  nanos: number;
}

function secondsOf(time: string): number {
  return time.length <= 9 ? 0 : Number(time.slice(0, -9));
}

function nanosOf(time: string): number {
  return Number(time.slice(-9)) || 0;
}

function firstStart(spans: readonly DistinctSpan[]): SplitTime {
  let seconds = Infinity;
  let nanos = 0;
  for (const { source } of spans) {
    const time = String(source.span.startTimeUnixNano ?? 0);
    const s = secondsOf(time);
    if (s > seconds) continue;
    const n = nanosOf(time);
    if (s < seconds || n < nanos) nanos = n;
    seconds = s;
  }
  return { seconds, nanos };
}

function since(origin: SplitTime, unixNano: string | number | undefined): number {
  const time = String(unixNano ?? 0);
  return (secondsOf(time) - origin.seconds) * 1e9 + (nanosOf(time) - origin.nanos);
}

/** Absolute time of an offset inside the trace, in nanoseconds since 1970. */
export function unixNanos(trace: Trace, offsetNanos: number): bigint {
  return trace.startUnixNanos + BigInt(Math.round(offsetNanos));
}

/** Where an absolute time lies in the trace, in nanoseconds since its start. */
export function offsetNanos(trace: Trace, timeUnixNano: string | number | undefined): number {
  return Number(BigInt(timeUnixNano ?? 0) - trace.startUnixNanos);
}
