import { describe, expect, it } from 'vitest';
import { nearestPoint } from './nearestPoint';

describe('nearestPoint', () => {
  const points = [
    [0, 0],
    [10, 0],
    [10, 0],
    [100, 100],
  ] as const;
  it('takes the nearest one', () => expect(nearestPoint(points, 2, 1, 20)).toBe(0));
  it('takes the one on top of two alike', () => expect(nearestPoint(points, 9, 0, 20)).toBe(2));
  it('takes none that is out of reach', () => expect(nearestPoint(points, 50, 50, 20)).toBe(-1));
});
