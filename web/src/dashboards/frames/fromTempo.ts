import type { TempoSearchAnswer, TempoSpan } from '../../api/tempo';
import { fieldOf, frameOf } from './frame';
import type { DataFrame } from './frame';

const ms = (nanos: string) => Number(nanos) / 1e6;

function attributeOf(span: TempoSpan, key: string): unknown {
  const value = span.attributes?.find((attribute) => attribute.key === key)?.value;
  if (value === undefined) return null;
  return value.stringValue ?? (value.intValue === undefined ? (value.doubleValue ?? value.boolValue ?? null) : Number(value.intValue));
}

/** Traces found, one a row, or their matching spans. */
export function framesOfSearch({ traces = [] }: TempoSearchAnswer, refId: string, rows: 'traces' | 'spans'): DataFrame[] {
  if (rows === 'traces') {
    return [
      frameOf(
        refId,
        [
          fieldOf('Trace ID', 'string', traces.map((trace) => trace.traceID.padStart(32, '0'))),
          fieldOf('Start time', 'time', traces.map((trace) => ms(trace.startTimeUnixNano))),
          fieldOf('Service', 'string', traces.map((trace) => trace.rootServiceName ?? '')),
          fieldOf('Name', 'string', traces.map((trace) => trace.rootTraceName ?? '')),
          fieldOf('Duration', 'number', traces.map((trace) => trace.durationMs ?? null), { config: { unit: 'ms' } }),
        ],
        { kind: 'traces' },
      ),
    ];
  }
  const spans = traces.flatMap((trace) => (trace.spanSets ?? []).flatMap((set) => set.spans.map((span) => ({ trace, span }))));
  const keys = [...new Set(spans.flatMap(({ span }) => (span.attributes ?? []).map((attribute) => attribute.key)))].sort();
  return [
    frameOf(
      refId,
      [
        fieldOf('Trace ID', 'string', spans.map(({ trace }) => trace.traceID.padStart(32, '0'))),
        fieldOf('Span ID', 'string', spans.map(({ span }) => span.spanID)),
        fieldOf('Start time', 'time', spans.map(({ span }) => ms(span.startTimeUnixNano))),
        fieldOf('Trace Service', 'string', spans.map(({ trace }) => trace.rootServiceName ?? '')),
        fieldOf('Name', 'string', spans.map(({ span }) => span.name ?? '')),
        ...keys.map((key) => fieldOf(key, 'string', spans.map(({ span }) => attributeOf(span, key)))),
        fieldOf('Duration', 'number', spans.map(({ span }) => ms(span.durationNanos)), { config: { unit: 'ms' } }),
      ],
      { kind: 'traces' },
    ),
  ];
}
