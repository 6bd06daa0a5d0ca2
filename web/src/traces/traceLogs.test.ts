import { describe, expect, it } from 'vitest';
import { logRows } from '../logs/query/lokiAnswer';
import { hex16, traceOf } from './model/testTrace';
import { linesQuery, logTicksOf, mergeRows, spanIdOf, traceLogsQuery } from './traceLogs';

const trace = traceOf([
  ['a', '', 0, 10],
  ['b', 'a', 1, 5],
]);
const at = (micros: number) => String(trace.startUnixNanos + BigInt(micros) * 1000n);
const rows = (...values: [string, string, { structuredMetadata?: Record<string, string> }?][]) =>
  logRows([{ stream: { service_name: 'shop' }, values }], 'forward');

describe('lines of a trace', () => {
  it('are found on the span that they name, by metadata or text', () => {
    const list = rows(
      [at(2), 'x', { structuredMetadata: { span_id: hex16('b') } }],
      [at(3), `{"span_id":"${hex16('a')}"}`],
      [at(4), `spanId=${hex16('b')}`],
      [at(5), 'none'],
    );
    expect([...logTicksOf(trace, list)]).toEqual([
      [1, [2000, 4000]],
      [0, [3000]],
    ]);
    expect(spanIdOf(list[3]!)).toBeNull();
  });

  it('found twice are one, in order of time', () => {
    expect(mergeRows(rows([at(1), 'x'], [at(3), 'z']), rows([at(2), 'y'], [at(3), 'z'])).map((r) => r.line)).toEqual(['x', 'y', 'z']);
  });

  it('are asked for by metadata, or by their text where the id stands only there', () => {
    const id = 'ab'.repeat(16);
    const beside = rows([at(1), 'x', { structuredMetadata: { trace_id: id } }], [at(2), `traceId=${id}`, { structuredMetadata: { trace_id: id } }]);
    expect(traceLogsQuery(id, beside)).toBe(`{service_name=~".+"} | trace_id="${id}"`);
    expect(traceLogsQuery(id, rows([at(1), `traceId=${id}`]))).toBe(`{service_name=~".+"} |= "${id}"`);
    expect(traceLogsQuery(id, [])).toBe(`{service_name=~".+"} | trace_id="${id}"`);
  });

  it('are those of the trace over all services, or where that is configured all of the service', () => {
    const id = 'cd'.repeat(16);
    expect(linesQuery('trace', id, [], 'shop')).toBe(`{service_name=~".+"} | trace_id="${id}"`);
    expect(linesQuery('service', id, [], 'shop')).toBe('{service_name="shop"}');
  });
});
