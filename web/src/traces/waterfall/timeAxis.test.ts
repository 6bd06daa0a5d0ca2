import { describe, expect, it } from 'vitest';
import { traceOf } from '../model/testTrace';
import { buildTree } from '../model/tree';
import { axisTicks, clampView, tickText, timeAxis, toAxis, toNanos, zoomAround } from './timeAxis';

const axisOf = (trace: ReturnType<typeof traceOf>, foldGaps = true) => timeAxis(trace, buildTree(trace), foldGaps);

describe('timeAxis', () => {
  const gapped = traceOf([
    ['a', '', 0, 100],
    ['b', 'a', 1000, 1100],
  ]);

  it('is time itself when spans cover the trace', () => {
    const axis = axisOf(
      traceOf([
        ['a', '', 0, 100],
        ['b', 'a', 10, 20],
      ]),
    );
    expect(axis.pieces).toHaveLength(1);
    expect(toAxis(axis, 40_000)).toBe(40_000);
  });

  it('folds a long gap in which nothing runs', () => {
    const axis = axisOf(gapped);
    expect(axis.pieces.map((p) => p.isFolded)).toEqual([false, true, false]);
    expect(axis.length).toBeCloseTo(206_000);
    expect(axisOf(gapped, false).length).toBe(1_100_000);
  });

  it('relates time and place both ways, also inside a fold', () => {
    const axis = axisOf(gapped);
    for (const nanos of [0, 50_000, 100_000, 550_000, 1_000_000, 1_100_000])
      expect(toNanos(axis, toAxis(axis, nanos))).toBeCloseTo(nanos, 3);
  });

  it('keeps short gaps', () =>
    expect(
      axisOf(
        traceOf([
          ['a', '', 0, 100],
          ['b', '', 105, 200],
        ]),
      ).pieces,
    ).toHaveLength(1));

  it('survives a trace without duration', () => {
    const axis = axisOf(traceOf([['a', '', 5, 5]]));
    expect(axis.length).toBe(1);
    expect(toAxis(axis, 0)).toBe(0);
  });
});

describe('tickText', () => {
  it.each([
    [0, 1e6, '0'],
    [20e6, 20e6, '20 ms'],
    [31.02e9, 20e6, '31.02 s'],
    [1.5e9, 0.5e9, '1.5 s'],
    [500, 100, '500 ns'],
    [2500, 500, '2.5 µs'],
    [125e9, 5e9, '2:05 min'],
    [3_725e9, 60e9, '1:02:05 h'],
  ])('writes %d ns in steps of %d as %s', (nanos, step, text) => expect(tickText(nanos, step).replace('\u00a0', ' ')).toBe(text));
});

describe('views', () => {
  const axis = axisOf(traceOf([['a', '', 0, 1000]]));

  it('stay inside the axis', () => {
    expect(clampView(axis, { from: -5, to: 2e9 })).toEqual({ from: 0, to: 1_000_000 });
    expect(clampView(axis, { from: 900_000, to: 1_200_000 })).toEqual({ from: 700_000, to: 1_000_000 });
  });

  it('keep the point under the cursor when zooming', () => {
    const view = zoomAround(axis, { from: 0, to: 1_000_000 }, 250_000, 0.5);
    expect(view).toEqual({ from: 125_000, to: 625_000 });
  });

  it('have ticks at round times', () => {
    expect(axisTicks(axis, { from: 0, to: 1_000_000 }, 5).map((t) => t.nanos)).toEqual([0, 200_000, 400_000, 600_000, 800_000, 1_000_000]);
    expect(axisTicks(axis, { from: 100_000, to: 300_000 }, 4).map((t) => t.share)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });
});
