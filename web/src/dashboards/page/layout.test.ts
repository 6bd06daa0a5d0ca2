import { describe, expect, it } from 'vitest';
import { parseDashboard } from '../model/dashboard';
import type { Json } from '../model/json';
import type { Panel } from '../model/panel';
import { boxesOf, layoutOf } from './layout';
import type { RepeatValues } from './layout';

function panelsOf(panels: object[]): Panel[] {
  const parsed = parseDashboard({ panels } as unknown as Json);
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed.dashboard.panels;
}

const panel = (x: number, y: number, w: number, h: number, more: object = {}) => ({ type: 'stat', gridPos: { x, y, w, h }, ...more });
const row = (y: number, more: object = {}) => ({ type: 'row', gridPos: { x: 0, y, w: 24, h: 1 }, ...more });
const none: RepeatValues = () => null;
const values: RepeatValues = (name) => (name === 'v' ? ['a', 'b', 'c'].map((value) => ({ text: value, value })) : null);
const shape = (panels: object[], repeat = none, collapsed: (row: Panel) => boolean = (one) => one.collapsed) =>
  layoutOf(panelsOf(panels), repeat, (_, one) => collapsed(one)).placed.map(({ panel: one, pos }) => [one.type === 'row' ? 'row' : 'p', pos.x, pos.y, pos.w, pos.h]);

describe('layoutOf', () => {
  it('keeps places', () => expect(shape([panel(0, 0, 12, 4), panel(12, 0, 12, 8), panel(0, 4, 12, 4)])).toEqual([['p', 0, 0, 12, 4], ['p', 12, 0, 12, 8], ['p', 0, 4, 12, 4]]));
  it('closes gaps and lets nothing lie over another', () => expect(shape([panel(0, 0, 24, 4), panel(0, 2, 24, 4), panel(0, 30, 12, 4)])).toEqual([['p', 0, 0, 24, 4], ['p', 0, 4, 24, 4], ['p', 0, 8, 12, 4]]));
  it('shows what a folded row holds when it is opened, and moves up what lies below', () => {
    const panels = [row(0, { collapsed: true, panels: [panel(0, 1, 24, 6)] }), row(1), panel(0, 2, 24, 3)];
    expect(shape(panels)).toEqual([['row', 0, 0, 24, 1], ['row', 0, 1, 24, 1], ['p', 0, 2, 24, 3]]);
    expect(shape(panels, none, () => false)).toEqual([['row', 0, 0, 24, 1], ['p', 0, 1, 24, 6], ['row', 0, 7, 24, 1], ['p', 0, 8, 24, 3]]);
  });
  it('folds an open row', () => expect(shape([row(0), panel(0, 1, 24, 5), row(6), panel(0, 7, 24, 2)], none, () => true)).toEqual([['row', 0, 0, 24, 1], ['row', 0, 1, 24, 1]]));
  it('repeats panels beside one another and below', () => {
    expect(shape([panel(0, 0, 6, 4, { repeat: 'v', maxPerRow: 2 }), panel(0, 4, 24, 2)], values)).toEqual([['p', 0, 0, 12, 4], ['p', 12, 0, 12, 4], ['p', 0, 4, 12, 4], ['p', 0, 8, 24, 2]]);
    expect(shape([panel(0, 0, 24, 4, { repeat: 'v', repeatDirection: 'v' })], values).map(([, , y]) => y)).toEqual([0, 4, 8]);
  });
  it('repeats rows with their panels, each for one value', () => {
    const { placed } = layoutOf(panelsOf([row(0, { repeat: 'v' }), panel(0, 1, 24, 3)]), values, () => false);
    expect(placed.map(({ pos }) => pos.y)).toEqual([0, 1, 4, 5, 8, 9]);
    expect(placed.map(({ scoped }) => scoped['v']?.value)).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
    expect(new Set(placed.map(({ key }) => key)).size).toBe(6);
  });
});

describe('boxesOf', () => {
  const { placed } = layoutOf(panelsOf([panel(0, 0, 4, 2), panel(4, 0, 4, 2), panel(8, 0, 16, 8)]), none, () => false);
  it('fills the width of a wide page', () => {
    const boxes = [...boxesOf(placed, 1000).boxes.values()];
    expect(boxes[2]!.left + boxes[2]!.width).toBeCloseTo(1000);
    expect(boxes[1]!.left).toBeGreaterThan(boxes[0]!.left + boxes[0]!.width);
  });
  it('stacks panels on a narrow one, small ones in pairs', () => {
    const boxes = [...boxesOf(placed, 380).boxes.values()];
    expect(boxes.map(({ left, top, width }) => [left, top, Math.round(width)])).toEqual([[0, 0, 186], [194, 0, 186], [0, 88, 380]]);
  });
});
