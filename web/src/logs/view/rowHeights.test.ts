import { describe, expect, it } from 'vitest';
import { RowHeights } from './rowHeights';

function heights(count: number): RowHeights {
  const made = new RowHeights(20);
  made.setCount(count);
  return made;
}

describe('RowHeights', () => {
  it('places rows of the usual height', () => {
    const rows = heights(100);
    expect(rows.totalPx).toBe(2000);
    expect(rows.offsetOf(7)).toBe(140);
    expect(rows.rowAt(139)).toBe(6);
    expect(rows.rowAt(140)).toBe(7);
  });

  it('stays inside its rows', () => {
    expect(heights(10).rowAt(-5)).toBe(0);
    expect(heights(10).rowAt(1e9)).toBe(9);
    expect(heights(0).rowAt(50)).toBe(0);
  });

  it('agrees with plain addition after many changes and growth', () => {
    const rows = heights(3);
    const plain: number[] = [20, 20, 20];
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let i = 0; i < 5000; i++) {
      if (random(3) === 0) {
        plain.push(20);
        rows.setCount(plain.length);
      }
      const row = random(plain.length);
      plain[row] = 20 + random(5) * 20;
      rows.setHeight(row, plain[row]);
    }
    let offset = 0;
    plain.forEach((height, row) => {
      expect(rows.offsetOf(row)).toBe(offset);
      expect(rows.rowAt(offset)).toBe(row);
      expect(rows.rowAt(offset + height - 1)).toBe(row);
      offset += height;
    });
    expect(rows.totalPx).toBe(offset);
    expect(rows.oddCount).toBe(plain.filter((h) => h !== 20).length);
  });

  it('says by how much a row changed', () => {
    const rows = heights(5);
    expect(rows.setHeight(2, 50)).toBe(30);
    expect(rows.setHeight(2, 50)).toBe(0);
    expect(rows.setHeight(2, 20)).toBe(-30);
    expect(rows.oddCount).toBe(0);
  });

  it('forgets heights when there are fewer rows', () => {
    const rows = heights(5);
    rows.setHeight(0, 100);
    rows.setCount(2);
    expect(rows.totalPx).toBe(40);
  });
});
