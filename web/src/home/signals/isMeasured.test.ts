import { describe, expect, it } from 'vitest';
import { isMeasured } from './isMeasured';

const NOW = 1_000_000;

describe('isMeasured', () => {
  it('believes any rate but zero', () => expect(isMeasured({ perSecond: 3, lastReceivedUnixMs: NOW }, 1, NOW)).toBe(true));
  it('does not believe a zero of the first looks while data arrives', () => expect(isMeasured({ perSecond: 0, lastReceivedUnixMs: NOW - 4000 }, 2, NOW)).toBe(false));
  it('believes a zero after a while', () => expect(isMeasured({ perSecond: 0, lastReceivedUnixMs: NOW - 4000 }, 8, NOW)).toBe(true));
  it('believes a zero when the last record is old, or none ever came', () => {
    expect(isMeasured({ perSecond: 0, lastReceivedUnixMs: NOW - 31_000 }, 1, NOW)).toBe(true);
    expect(isMeasured({ perSecond: 0, lastReceivedUnixMs: null }, 1, NOW)).toBe(true);
  });
});
