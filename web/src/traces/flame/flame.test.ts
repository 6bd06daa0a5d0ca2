import { describe, expect, it } from 'vitest';
import { selfTimes } from '../model/selfTime';
import { bigTrace, traceOf } from '../model/testTrace';
import type { SpanSketch } from '../model/testTrace';
import { buildTree } from '../model/tree';
import { boxAt, flameOf, visibleBoxes } from './flame';
import { hotspots } from './hotspots';
import type { Flame } from './flame';

function flame(...sketches: SpanSketch[]): Flame {
  const trace = traceOf(sketches);
  const tree = buildTree(trace);
  return flameOf(trace, tree, selfTimes(tree));
}

const boxes = (of: Flame) => Array.from({ length: of.count }, (_, i) => `${' '.repeat(of.depth[i]!)}${of.name[i]} ${of.spans[i]}× ${of.totalNanos[i]! / 1000}/${of.selfNanos[i]! / 1000}`);
const LOOP: SpanSketch[] = [
  ['root', '', 0, 100],
  ['q1', 'root', 10, 20, { name: 'query' }],
  ['q2', 'root', 20, 50, { name: 'query', status: { code: 2 } }],
  ['r1', 'q2', 25, 30, { name: 'read' }],
  ['other', 'root', 60, 65],
];

describe('flameOf', () => {
  it('puts spans of one name under the same callers together, the widest first', () => {
    expect(boxes(flame(...LOOP))).toEqual(['root 1× 100/55', ' query 2× 40/35', '  read 1× 5/5', ' other 1× 5/5']);
  });

  it('counts failures and remembers the longest span', () => {
    const found = flame(...LOOP);
    expect([...found.errors]).toEqual([0, 1, 0, 0]);
    expect(found.longest[1]).toBe(2);
  });

  it('keeps names of different services and callers apart', () => {
    const found = flame(['root', '', 0, 100], ['a', 'root', 0, 10, { name: 'x', service: 'one' }], ['b', 'root', 0, 10, { name: 'x', service: 'two' }], ['c', 'a', 0, 5, { name: 'x', service: 'two' }]);
    expect(found.count).toBe(4);
  });

  it('makes boxes wide enough for what runs at once below them', () => {
    const found = flame(['root', '', 0, 100], ['a', 'root', 0, 90], ['b', 'root', 0, 80]);
    expect([...found.width]).toEqual([170_000, 90_000, 80_000]);
    expect([...found.left]).toEqual([0, 0, 90_000]);
  });

  it('has a box for parents that are missing', () => expect(boxes(flame(['a', 'gone', 0, 10]))).toEqual(['missing parent 1× 10/0', ' a 1× 10/10']));

  it('ends subtrees where they end', () => expect([...flame(...LOOP).end]).toEqual([4, 3, 3, 4]));
});

describe('visibleBoxes', () => {
  it('leaves out what is outside and what is too narrow, with all below', () => {
    const found = flame(...LOOP);
    expect(visibleBoxes(found, 0, 100_000, 1000)).toEqual([0, 1, 2, 3]);
    expect(visibleBoxes(found, 0, 100_000, 9)).toEqual([0, 1]);
    expect(visibleBoxes(found, 40_000, 45_000, 1000)).toEqual([0, 3]);
  });

  it('paints of 100,000 spans only what the screen can show', () => {
    const trace = bigTrace(100_000, 8);
    const tree = buildTree(trace);
    const found = flameOf(trace, tree, selfTimes(tree));
    expect([...found.spans].reduce((sum, n) => sum + n, 0)).toBe(100_000);
    expect(visibleBoxes(found, 0, found.width[0]!, 1000).length).toBeLessThan(1000 * 2 * (found.deepest + 1));
  });
});

describe('boxAt', () => {
  it('finds a box by its place', () => {
    const found = flame(...LOOP);
    expect([boxAt(found, 0, 50_000), boxAt(found, 1, 39_000), boxAt(found, 1, 41_000), boxAt(found, 1, 99_000), boxAt(found, 2, 1000)]).toEqual([0, 1, 3, null, 2]);
  });
});

describe('hotspots', () => {
  it('have the most of their own time first, over all callers', () => {
    const found = hotspots(flame(...LOOP, ['q3', 'other', 61, 64, { name: 'query' }]));
    expect(found.map(({ name, spans, selfNanos, totalNanos, errors }) => [name, spans, selfNanos / 1000, totalNanos / 1000, errors])).toEqual([
      ['root', 1, 55, 100, 0],
      ['query', 3, 38, 43, 1],
      ['read', 1, 5, 5, 0],
      ['other', 1, 2, 5, 0],
    ]);
  });

  it('count what runs within itself once, and open the longest', () => {
    const [spot] = hotspots(flame(['a', '', 0, 100, { name: 'walk' }], ['b', 'a', 10, 60, { name: 'walk' }], ['c', 'b', 20, 30, { name: 'walk' }]));
    expect(spot).toMatchObject({ name: 'walk', spans: 3, totalNanos: 100_000, selfNanos: 100_000, longest: 0 });
  });
});
