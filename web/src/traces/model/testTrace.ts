import { decodeTrace } from './decode';
import type { Trace } from './decode';
import type { OtlpSpan, TraceByIdAnswer } from './otlp';

/** A span for tests: id, parent id, start and end in microseconds. */
export type SpanSketch = [id: string, parent: string, start: number, end: number, more?: Partial<OtlpSpan> & { service?: string }];

const BASE_NANOS = 1_760_000_000_000_000_000n;

export function hex16(id: string | number): string {
  return (typeof id === 'number' ? id.toString(16) : [...id].map((c) => c.charCodeAt(0).toString(16)).join('')).padStart(16, '0');
}

export function answerOf(sketches: SpanSketch[]): TraceByIdAnswer {
  const byService = new Map<string, OtlpSpan[]>();
  for (const [id, parent, start, end, more] of sketches) {
    const { service = 'shop', ...span } = more ?? {};
    const spans = byService.get(service) ?? [];
    byService.set(service, spans);
    spans.push({
      spanId: hex16(id),
      ...(parent ? { parentSpanId: hex16(parent) } : {}),
      name: id,
      startTimeUnixNano: String(BASE_NANOS + BigInt(start) * 1000n),
      endTimeUnixNano: String(BASE_NANOS + BigInt(end) * 1000n),
      ...span,
    });
  }
  return {
    trace: {
      resourceSpans: [...byService].map(([service, spans]) => ({
        resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
        scopeSpans: [{ spans }],
      })),
    },
  };
}

export function traceOf(sketches: SpanSketch[]): Trace {
  const trace = decodeTrace('4bf92f3577b34da6a3ce929d0e0e4736', answerOf(sketches));
  if (!trace) throw new Error('a trace sketch needs at least one span');
  return trace;
}

/** `count` spans, each the child of an earlier one: with `fanOut` 1 a chain, else a tree of that fan-out. */
export function bigTrace(count: number, fanOut: number): Trace {
  const spans: OtlpSpan[] = [];
  for (let i = 0; i < count; i++) {
    spans.push({
      spanId: hex16(i + 1),
      ...(i > 0 ? { parentSpanId: hex16(Math.floor((i - 1) / fanOut) + 1) } : {}),
      name: `step ${i % 50}`,
      startTimeUnixNano: String(BASE_NANOS + BigInt(i) * 1000n),
      endTimeUnixNano: String(BASE_NANOS + BigInt(2 * count - i) * 1000n),
    });
  }
  const trace = decodeTrace('4bf92f3577b34da6a3ce929d0e0e4736', { trace: { resourceSpans: [{ scopeSpans: [{ spans }] }] } });
  if (!trace) throw new Error('a big trace needs at least one span');
  return trace;
}
