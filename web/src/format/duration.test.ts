import { describe, expect, it } from 'vitest';
import { formatMillis, formatNanos, formatSeconds } from './duration';
import { formatAgo, formatClock, formatDateTime } from './time';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('formatSeconds', () => {
  it.each([
    [0, '0 s'],
    [1.2449, '1.24 s'],
    [0.34, '340 ms'],
    [0.0000125, '12.5 µs'],
    [3e-9, '3 ns'],
    [0.9999, '1 s'],
    [99.4, '99.4 s'],
    [125, '2 min 5 s'],
    [3600, '1 h'],
    [12_000, '3 h 20 min'],
    [353_000, '4 d 2 h'],
    [864_000 * 3, '30 d'],
    [-1.5, '−1.5 s'],
    [NaN, 'NaN'],
    [Infinity, '+Inf'],
  ])('writes %d as %s', (seconds, text) => expect(plain(formatSeconds(seconds))).toBe(text));

  it('takes milliseconds and nanoseconds', () => {
    expect(plain(formatMillis(1240))).toBe('1.24 s');
    expect(plain(formatNanos(340_000_000))).toBe('340 ms');
  });
});

describe('times', () => {
  const at = new Date(2026, 0, 31, 4, 5, 9, 7).getTime();

  it('writes date and clock in the own zone', () => {
    expect(formatDateTime(at)).toBe('2026-01-31 04:05:09');
    expect(formatClock(at, true)).toBe('04:05:09.007');
  });

  it.each([
    [0, 'just now'],
    [12_000, '12 s ago'],
    [190_000, '3 min ago'],
    [2 * 3_600_000 + 5, '2 h ago'],
    [-300_000, 'in 5 min'],
  ])('says how long %d ms ago was', (ms, text) => expect(plain(formatAgo(at - ms, at))).toBe(text));
});
