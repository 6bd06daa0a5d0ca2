import { describe, expect, it } from 'vitest';
import { foundTraces, sortTraces, typedTraceId } from './searchAnswer';

const answer = {
  traces: [
    {
      traceID: '2f3e0cee77ae5dc9c17ade3689eb2e54',
      rootServiceName: 'gateway',
      rootTraceName: 'GET /',
      startTimeUnixNano: '1760000000123456789',
      durationMs: 120,
      serviceStats: { gateway: { spanCount: 2 }, stock: { spanCount: 3, errorCount: 1 } },
      spanSets: [{ spans: [{ spanID: '0000000000000001', startTimeUnixNano: '1760000000123456789', durationNanos: '5' }], matched: 4 }],
    },
    { traceID: 'abc', startTimeUnixNano: '1760000001000000000' },
  ],
};

describe('foundTraces', () => {
  it('sums spans and errors and puts services with errors first', () => {
    const [first] = foundTraces(answer);
    expect(first).toMatchObject({
      spanCount: 5,
      errorCount: 1,
      matchedSpans: 4,
      firstMatch: '0000000000000001',
      startMs: 1_760_000_000_123,
    });
    expect(first!.services.map((s) => s.name)).toEqual(['stock', 'gateway']);
  });

  it('restores zeros that the API strips, and takes left-out fields as their defaults', () => {
    expect(foundTraces(answer)[1]).toMatchObject({ traceId: '0'.repeat(29) + 'abc', durationMs: 0, spanCount: null, matchedSpans: 0 });
  });

  it('sorts by any column', () => {
    const traces = foundTraces(answer);
    expect(sortTraces(traces, 'start', true)[0]!.traceId).toMatch(/abc$/);
    expect(sortTraces(traces, 'duration', true)[0]!.durationMs).toBe(120);
  });
});

describe('typedTraceId', () => {
  it.each([
    [' 4BF92F3577B34DA6A3CE929D0E0E4736 ', '4bf92f3577b34da6a3ce929d0e0e4736'],
    ['4bf92f35-77b3-4da6-a3ce-929d0e0e4736', '4bf92f3577b34da6a3ce929d0e0e4736'],
    ['abc', '0'.repeat(29) + 'abc'],
    ['{ name = "x" }', null],
    ['0000', null],
    ['', null],
  ])('takes %j as %j', (text, expected) => expect(typedTraceId(text)).toBe(expected));
});
