import { describe, expect, it } from 'vitest';
import { criticalNanos, criticalPath } from './criticalPath';
import { bigTrace, traceOf } from './testTrace';
import { buildTree } from './tree';

/** Segments in order of time, as `name from-to` in microseconds. */
function segments(sketches: Parameters<typeof traceOf>[0]): string[] {
  const trace = traceOf(sketches);
  const path = criticalPath(buildTree(trace));
  const found: [number, string][] = [];
  for (let node = 0; node < trace.spanCount; node++) {
    for (let i = path.offset[node]!; i < path.offset[node + 1]!; i++) {
      found.push([path.startNanos[i]!, `${trace.name[node]} ${path.startNanos[i]! / 1000}-${path.endNanos[i]! / 1000}`]);
    }
  }
  return found.sort((a, b) => a[0] - b[0]).map(([, text]) => text);
}

describe('criticalPath', () => {
  it('is the span itself when it has no children', () => expect(segments([['a', '', 0, 10]])).toEqual(['a 0-10']));

  it('runs through children in sequence and the gaps between them', () => {
    expect(
      segments([
        ['a', '', 0, 100],
        ['b', 'a', 10, 30],
        ['c', 'a', 40, 90],
      ]),
    ).toEqual(['a 0-10', 'b 10-30', 'a 30-40', 'c 40-90', 'a 90-100']);
  });

  it('takes of parallel children the one that finished last', () => {
    expect(
      segments([
        ['a', '', 0, 100],
        ['fast', 'a', 10, 50],
        ['slow', 'a', 10, 90],
      ]),
    ).toEqual(['a 0-10', 'slow 10-90', 'a 90-100']);
  });

  it('cuts a child that outlives its parent', () => {
    expect(
      segments([
        ['a', '', 0, 100],
        ['b', 'a', 60, 200],
        ['z', '', 150, 200],
      ]),
    ).toEqual(['a 0-60', 'b 60-100', 'z 150-200']);
  });

  it('leaves out a child that started after its parent had ended', () => {
    expect(
      segments([
        ['a', '', 0, 50],
        ['late', 'a', 60, 70],
      ]),
    ).toEqual(['a 0-50']);
  });

  it('descends into grandchildren', () => {
    expect(
      segments([
        ['a', '', 0, 10],
        ['b', 'a', 1, 9],
        ['c', 'b', 2, 8],
      ]),
    ).toEqual(['a 0-1', 'b 1-2', 'c 2-8', 'b 8-9', 'a 9-10']);
  });

  it('runs through orphans, though not through the marker of their parent', () => {
    expect(
      segments([
        ['x', 'lost', 0, 4],
        ['y', 'lost', 6, 9],
      ]),
    ).toEqual(['x 0-4', 'y 6-9']);
  });

  it('sums the time of one span', () => {
    const path = criticalPath(
      buildTree(
        traceOf([
          ['a', '', 0, 100],
          ['b', 'a', 10, 30],
        ]),
      ),
    );
    expect(criticalNanos(path, 0)).toBe(80_000);
    expect(path.durationNanos).toBe(100_000);
  });

  it.each([
    ['a chain', 1],
    ['a wide tree', 99_999],
    ['a tree', 8],
  ])('costs work linear in 100,000 spans of %s', (_, fanOut) => {
    const path = criticalPath(buildTree(bigTrace(100_000, fanOut)));
    expect(path.durationNanos).toBe(200_000_000);
    expect(path.steps).toBeLessThanOrEqual(3 * 100_000);
  });
});
