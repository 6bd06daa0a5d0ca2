import { describe, expect, it } from 'vitest';
import { appendPage, compareNanos, distinguishingLabel, logRows, nextPageBounds } from './lokiAnswer';
import type { LokiStream } from './lokiAnswer';

const at = (n: number) => String(1_760_000_000_000_000_000n + BigInt(n));
const stream = (app: string, ...values: LokiStream['values']): LokiStream => ({ stream: { app }, values });

describe('logRows', () => {
  const streams = [
    stream('a', [at(3), 'three'], [at(1), 'one']),
    stream('b', [at(2), 'two', { structuredMetadata: { trace_id: 't' }, parsed: { level: 'warn' } }]),
  ];

  it('merges streams newest first', () => expect(logRows(streams, 'backward').map((r) => r.line)).toEqual(['three', 'two', 'one']));
  it('merges streams oldest first', () => expect(logRows(streams, 'forward').map((r) => r.line)).toEqual(['one', 'two', 'three']));
  it('keeps the three kinds of labels apart and finds the level in them', () => {
    expect(logRows(streams, 'forward')[1]).toMatchObject({
      stream: { app: 'b' },
      metadata: { trace_id: 't' },
      parsed: { level: 'warn' },
      level: 'warn',
      timestampMs: 1_760_000_000_000,
    });
  });
  it('orders times that differ only in nanoseconds or in length', () => {
    expect(compareNanos(at(1), at(2))).toBeLessThan(0);
    expect(compareNanos('999', '1000')).toBeLessThan(0);
  });
});

describe('distinguishingLabel', () => {
  it('is the first label that differs', () => {
    expect(
      distinguishingLabel(
        logRows(
          [
            { stream: { app: 'a', host: 'x' }, values: [[at(1), 'l']] },
            { stream: { app: 'a', host: 'y' }, values: [[at(2), 'l']] },
          ],
          'forward',
        ),
      ),
    ).toBe('host');
  });
  it('is none for one source', () => {
    expect(distinguishingLabel(logRows([stream('a', [at(1), 'x'], [at(2), 'y'])], 'forward'))).toBeNull();
    expect(distinguishingLabel([])).toBeNull();
  });
});

describe('paging', () => {
  it('drops rows of the shared moment that are held already, and only those', () => {
    const held = logRows([stream('a', [at(5), 'x'], [at(4), 'y'])], 'backward');
    const page = logRows([stream('a', [at(4), 'y'], [at(4), 'z'], [at(3), 'y'])], 'backward');
    expect(appendPage(held, page)).toBe(2);
    expect(held.map((r) => r.line)).toEqual(['x', 'y', 'z', 'y']);
  });
  it('takes equal lines of different streams as two', () => {
    const held = logRows([stream('a', [at(4), 'y'])], 'backward');
    expect(appendPage(held, logRows([stream('b', [at(4), 'y'])], 'backward'))).toBe(1);
  });
  it('asks on from the last moment, which it includes', () => {
    const [row] = logRows([stream('a', [at(4), 'y'])], 'backward');
    expect(nextPageBounds(row!, 'backward', 1n, 9n)).toEqual({ start: 1n, end: BigInt(at(5)) });
    expect(nextPageBounds(row!, 'forward', 1n, 9n)).toEqual({ start: BigInt(at(4)), end: 9n });
  });
  it('appends to a million rows without copying them', () => {
    const held = logRows([stream('a', ...Array.from({ length: 1000 }, (_, i): [string, string] => [at(1000 - i), 'x']))], 'backward');
    const first = held[0];
    appendPage(held, logRows([stream('a', [at(0), 'end'])], 'backward'));
    expect(held[0]).toBe(first);
    expect(held).toHaveLength(1001);
  });
});
