import { describe, expect, it } from 'vitest';
import { flameOf } from '../flame/flame';
import { selfTimes } from '../model/selfTime';
import { bigTrace, traceOf } from '../model/testTrace';
import type { SpanSketch } from '../model/testTrace';
import type { Trace } from '../model/decode';
import { buildTree } from '../model/tree';
import { compared, differences } from './compare';

function named(trace: Trace) {
  const tree = buildTree(trace);
  return { flame: flameOf(trace, tree, selfTimes(tree)), services: trace.services };
}

const compare = (a: SpanSketch[], b: SpanSketch[]) => compared(named(traceOf(a)), named(traceOf(b)));
const FAST: SpanSketch[] = [['root', '', 0, 100], ['a', 'root', 10, 20, { service: 'x', name: 'query' }], ['b', 'root', 30, 40, { name: 'gone' }]];
const SLOW: SpanSketch[] = [['root', '', 0, 500], ['a', 'root', 10, 20, { name: 'new' }], ['b', 'root', 30, 230, { service: 'x', name: 'query' }], ['c', 'root', 230, 430, { service: 'x', name: 'query' }], ['d', 'c', 240, 250, { name: 'deep' }]];

describe('compared', () => {
  it('puts the same names under the same names side by side', () => {
    const rows = compare(FAST, SLOW).map(({ depth, service, name, first, second }) => [depth, service, name, first && first.totalNanos / 1000, second && second.totalNanos / 1000, first?.spans ?? 0, second?.spans ?? 0]);
    expect(rows).toEqual([
      [0, 'shop', 'root', 100, 500, 1, 1],
      [1, 'x', 'query', 10, 400, 1, 2],
      [2, 'shop', 'deep', null, 10, 0, 1],
      [1, 'shop', 'new', null, 10, 0, 1],
      [1, 'shop', 'gone', 10, null, 1, 0],
    ]);
  });

  it('finds no difference of a trace to itself', () => {
    const rows = compare(SLOW, SLOW);
    expect(rows.every(({ first, second }) => JSON.stringify(first) === JSON.stringify(second))).toBe(true);
    expect(differences(rows)).toEqual([]);
  });

  it('goes as deep as traces are', () => expect(compared(named(bigTrace(20_000, 1)), named(bigTrace(10, 1)))).toHaveLength(20_000));
});

describe('differences', () => {
  it('name what took longer by itself, the most first', () => {
    const found = differences(compare(FAST, SLOW)).map(({ name, nanos }) => [name, nanos / 1000] as const);
    expect(found[0]).toEqual(['query', 380]);
    expect(Object.fromEntries(found)).toEqual({ query: 380, root: 10, new: 10, deep: 10, gone: -10 });
  });
});
