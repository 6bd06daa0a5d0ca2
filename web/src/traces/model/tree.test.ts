import { describe, expect, it } from 'vitest';
import type { Trace } from './decode';
import { selfTimes } from './selfTime';
import { bigTrace, hex16, traceOf } from './testTrace';
import { buildTree, isMarker } from './tree';
import type { TraceTree } from './tree';

/** The tree as indented names, markers in angle brackets. */
function outline(trace: Trace, tree: TraceTree): string[] {
  return [...tree.order].map((node) => {
    const name = isMarker(tree, node) ? `<${tree.missingParentIds[node - tree.spanCount]!}>` : trace.name[node]!;
    return '  '.repeat(tree.depth[node]!) + name;
  });
}

function outlineOf(...sketches: Parameters<typeof traceOf>[0]): string[] {
  const trace = traceOf(sketches);
  return outline(trace, buildTree(trace));
}

describe('buildTree', () => {
  it('orders children by start, whatever the order of arrival', () => {
    expect(outlineOf(['c', 'a', 6, 9], ['b', 'a', 1, 5], ['d', 'b', 2, 3], ['a', '', 0, 10])).toEqual(['a', '  b', '    d', '  c']);
  });

  it('puts orphans of one missing parent under one marker', () => {
    expect(outlineOf(['a', '', 0, 10], ['x', 'lost', 3, 4], ['y', 'lost', 2, 5], ['z', 'y', 2, 3])).toEqual([
      'a',
      `<${hex16('lost')}>`,
      '  y',
      '    z',
      '  x',
    ]);
  });

  it('gives a marker the extent of its orphans', () => {
    const tree = buildTree(
      traceOf([
        ['x', 'lost', 3, 4],
        ['y', 'lost', 2, 5],
      ]),
    );
    expect(tree.startNanos[2]).toBe(0);
    expect(tree.endNanos[2]).toBe(3000);
  });

  it('hangs a server under the client that shares its id, and children under the server', () => {
    expect(
      outlineOf(['a', '', 0, 10, { kind: 3, name: 'client' }], ['a', '', 1, 9, { kind: 2, name: 'server' }], ['b', 'a', 2, 3]),
    ).toEqual(['client', '  server', '    b']);
  });

  it('cuts a cycle at its earliest span and keeps what hangs on it', () => {
    const trace = traceOf([
      ['a', 'c', 2, 9],
      ['b', 'a', 1, 8],
      ['c', 'b', 3, 7],
      ['d', 'c', 4, 5],
    ]);
    const tree = buildTree(trace);
    expect(outline(trace, tree)).toEqual(['b', '  c', '    a', '    d']);
    expect([...tree.isCycleRoot]).toEqual([0, 1, 0, 0]);
  });

  it('treats a span that is its own parent as a root', () => {
    expect(outlineOf(['a', 'a', 0, 5], ['b', 'a', 1, 2])).toEqual(['a', '  b']);
  });

  it('marks where each subtree ends', () => {
    const tree = buildTree(
      traceOf([
        ['a', '', 0, 10],
        ['b', 'a', 1, 5],
        ['c', 'b', 2, 3],
        ['d', 'a', 6, 7],
      ]),
    );
    expect([...tree.subtreeEnd]).toEqual([4, 3, 3, 4]);
  });

  it.each([
    ['a chain', 1],
    ['a narrow tree', 2],
    ['a wide tree', 99_999],
  ])('places 100,000 spans of %s with work linear in their number', (_, fanOut) => {
    const tree = buildTree(bigTrace(100_000, fanOut));
    expect(new Set(tree.order).size).toBe(100_000);
    expect(tree.subtreeEnd[0]).toBe(100_000);
    expect(tree.steps).toBeLessThanOrEqual(2 * 100_000);
  });
});

describe('selfTimes', () => {
  it('counts overlapping children once and only inside their parent', () => {
    const tree = buildTree(
      traceOf([
        ['a', '', 0, 100],
        ['b', 'a', 10, 40],
        ['c', 'a', 30, 50],
        ['d', 'a', 90, 150],
      ]),
    );
    expect([...selfTimes(tree)]).toEqual([50_000, 30_000, 20_000, 60_000]);
  });

  it('is zero where a child covers all', () => {
    expect(
      selfTimes(
        buildTree(
          traceOf([
            ['a', '', 0, 10],
            ['b', 'a', 0, 10],
          ]),
        ),
      )[0],
    ).toBe(0);
  });
});
