import { describe, expect, it } from 'vitest';
import { rangeWith } from './rangeWith';

const present = { startMs: 10_000_000, endMs: 20_000_000 };

describe('rangeWith', () => {
  it('keeps a range that shows it', () => expect(rangeWith(present, 10_000_000, 20_000_000)).toEqual({}));
  it.each([
    [9_999_999, 15_000_000],
    [15_000_000, 20_000_001],
  ])('goes to where it is: %i to %i', (first, last) => expect(rangeWith(present, first, last)).toEqual({ from: String(first - 3_600_000), to: String(last + 3_600_000) }));
  it('goes as far to both sides as told', () => expect(rangeWith(present, 15_000_000, 30_000_000, 1000, 0)).toEqual({ from: '14999000', to: '30000000' }));
});
