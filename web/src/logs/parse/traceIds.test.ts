import { describe, expect, it } from 'vitest';
import { traceIdOf, traceIdsInText } from './traceIds';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SHORT = 'a3ce929d0e0e4736';

describe('trace ids in text', () => {
  it.each([
    ['traceId=…', `order placed traceId=${ID} spanId=00f067aa0ba902b7`, ID],
    ['trace_id=…', `level=info trace_id=${ID}`, ID],
    ['traceID: …', `traceID: ${ID}, done`, ID],
    ['quoted logfmt', `traceID="${ID}"`, ID],
    ['trace.id in JSON', `{"trace.id":"${ID}"}`, ID],
    ['otelTraceID in JSON', `{"otelTraceID": "${ID}"}`, ID],
    ['trace-id header', `trace-id: ${ID}`, ID],
    ['x-b3-traceid header', `x-b3-traceid=${ID}`, ID],
    ['JSON inside a JSON string', `{"msg":"{\\"trace_id\\":\\"${ID}\\"}"}`, ID],
    ['upper case', `TRACE_ID=${ID.toUpperCase()}`, ID],
    ['64-bit id', `traceId=${SHORT}`, SHORT],
    ['W3C traceparent', `traceparent: 00-${ID}-00f067aa0ba902b7-01`, ID],
    ['at the very start', `traceId=${ID}`, ID],
    ['in brackets', `[traceId=${ID}] hello`, ID],
  ])('are found: %s', (_, line, expected) => expect(traceIdsInText(line).map((p) => p.traceId)).toEqual([expected]));

  it.each([
    ['no key', `request ${ID} done`],
    ['another key', `requestId=${ID}`],
    ['a key that only ends alike', `subtraceid=${ID}`],
    ['all zeros', `traceId=${'0'.repeat(32)}`],
    ['too short', 'traceId=4bf92f35'],
    ['too long', `traceId=${ID}ff`],
    ['not hex', 'traceId=xbf92f3577b34da6a3ce929d0e0e4736'],
    ['a stack trace', 'trace: at main.js:10'],
    ['an empty line', ''],
  ])('are not seen in: %s', (_, line) => expect(traceIdsInText(line)).toEqual([]));

  it('are placed where they stand', () => {
    const line = `a traceId=${ID} b trace_id=${SHORT}`;
    expect(traceIdsInText(line).map((p) => line.slice(p.from, p.to))).toEqual([ID, SHORT]);
  });
});

describe('the trace of a record', () => {
  it.each(['trace_id', 'traceId', 'traceID', 'trace.id', 'otelTraceID', 'TraceId'])('comes from the field %s', (key) => {
    expect(traceIdOf('hello', { [key]: ID })).toBe(ID);
  });
  it('comes from structured metadata before the text', () => expect(traceIdOf(`traceId=${SHORT}`, { trace_id: ID })).toBe(ID));
  it('skips a field that holds no id', () => expect(traceIdOf(`traceId=${ID}`, { trace_id: '' }, { traceId: 'n/a' })).toBe(ID));
  it('is none for a line that names none', () => expect(traceIdOf('started', { pod: 'a' })).toBeNull());
});
