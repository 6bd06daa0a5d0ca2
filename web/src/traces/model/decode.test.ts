import { describe, expect, it } from 'vitest';
import { decodeTrace, offsetNanos, unixNanos } from './decode';
import { hexId, plainValue, valueText } from './otlp';
import { answerOf, traceOf } from './testTrace';

describe('hexId', () => {
  it.each([
    ['base64 of 8 bytes', 'AAAAAAAAAAE=', '0000000000000001'],
    ['base64 of 16 bytes', 'S/kvNXezTaajzpKdDg5HNg==', '4bf92f3577b34da6a3ce929d0e0e4736'],
    ['url-safe base64', 'S_kvNXezTaajzpKdDg5HNg==', '4bf92f3577b34da6a3ce929d0e0e4736'],
    ['hex of 8 bytes', '00F067AA0BA902B7', '00f067aa0ba902b7'],
    ['hex of 16 bytes', '4bf92f3577b34da6a3ce929d0e0e4736', '4bf92f3577b34da6a3ce929d0e0e4736'],
    ['nothing', undefined, ''],
    ['all zeros, which mean no parent', 'AAAAAAAAAAA=', ''],
  ])('reads %s', (_, id, expected) => expect(hexId(id)).toBe(expected));
});

describe('decodeTrace', () => {
  it('says null for an answer without spans', () => {
    expect(decodeTrace('1', { trace: {} })).toBeNull();
    expect(decodeTrace('1', { trace: { resourceSpans: [{ scopeSpans: [{ spans: [] }] }] } })).toBeNull();
  });

  it('keeps times exact to the nanosecond', () => {
    const trace = decodeTrace('1', {
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: [
                { spanId: '0000000000000001', startTimeUnixNano: '1760000000000000001', endTimeUnixNano: '1760000001000000004' },
                { spanId: '0000000000000002', startTimeUnixNano: '1759999999999999999', endTimeUnixNano: '1760000000000000000' },
              ],
            },
          ],
        },
      ],
    })!;
    expect([...trace.startNanos]).toEqual([2, 0]);
    expect(trace.endNanos[0]).toBe(1_000_000_005);
    expect(unixNanos(trace, 2)).toBe(1_760_000_000_000_000_001n);
    expect(offsetNanos(trace, '1760000000000000009')).toBe(10);
  });

  it('drops a resent span and says so, but keeps client and server that share an id', () => {
    const trace = traceOf([
      ['a', '', 0, 9, { kind: 3 }],
      ['a', '', 0, 9, { kind: 3 }],
      ['a', '', 1, 8, { kind: 'SPAN_KIND_SERVER' }],
    ]);
    expect(trace.spanCount).toBe(2);
    expect(trace.duplicateCount).toBe(1);
    expect(trace.kind).toEqual(['client', 'server']);
  });

  it('counts errors in both spellings and reads the older name of the list', () => {
    const { trace: body } = answerOf([
      ['a', '', 0, 9, { status: { code: 2 } }],
      ['b', 'a', 0, 9, { status: { code: 'STATUS_CODE_ERROR' } }],
      ['c', 'a', 0, 9],
    ]);
    const trace = decodeTrace('1', { batches: body!.resourceSpans! })!;
    expect(trace.errorCount).toBe(2);
    expect(trace.services).toEqual(['shop']);
  });

  it('reports that the server sent a part only', () => {
    const answer = { ...answerOf([['a', '', 0, 9]]), status: 'PARTIAL', message: 'trace exceeds 5 MB' };
    expect(decodeTrace('1', answer)!.partialReason).toBe('trace exceeds 5 MB');
  });

  it('never lets a span end before it starts', () => {
    const trace = traceOf([['a', '', 5, 2]]);
    expect(trace.endNanos[0]).toBe(trace.startNanos[0]);
  });
});

describe('attribute values', () => {
  it('keeps integers that a double cannot hold', () => expect(plainValue({ intValue: '9007199254740993' })).toBe('9007199254740993'));
  it('writes lists and maps as JSON', () =>
    expect(
      valueText({ kvlistValue: { values: [{ key: 'a', value: { arrayValue: { values: [{ intValue: '1' }, { boolValue: false }] } } }] } }),
    ).toBe('{"a":[1,false]}'));
});
