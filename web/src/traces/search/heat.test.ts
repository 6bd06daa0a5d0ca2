import { describe, expect, it } from 'vitest';
import type { TempoMetricsAnswer } from '../../api/tempo';
import { heatOf, withDuration } from './heat';

const series = (bound: number, ...samples: [number, number][]): NonNullable<TempoMetricsAnswer['series']>[number] => ({
  labels: [{ key: '__bucket', value: { doubleValue: bound } }],
  samples: samples.map(([seconds, value]) => ({ timestampMs: String(seconds * 1000), value })),
});

describe('heatOf', () => {
  it('puts counts into rows by duration and columns by time, without leaving any out', () => {
    const heat = heatOf({ series: [series(0.064, [180, 2]), series(0.016, [60, 5], [120, 1])] }, 60)!;
    expect(heat.bounds.map((bound) => Math.round(bound * 1000))).toEqual([16, 32, 64]);
    expect(heat.columnEndsMs).toEqual([60_000, 120_000, 180_000]);
    expect(heat.counts).toEqual([[5, 1, 0], [0, 0, 0], [0, 0, 2]]);
    expect(heat).toMatchObject({ most: 5, total: 8, stepMs: 60_000 });
  });

  it('is null without spans', () => {
    expect(heatOf({}, 60)).toBeNull();
    expect(heatOf({ series: [series(1, [60, 0])] }, 60)).toBeNull();
  });

  it('leaves out what is no bucket', () => expect(heatOf({ series: [{ labels: [{ key: '__name__', value: { stringValue: 'rate' } }], samples: [{ timestampMs: '1', value: 1 }] }] }, 60)).toBeNull());
});

describe('withDuration', () => {
  it.each([
    ['{ }', '{ duration > 8000us && duration <= 16000us }'],
    ['{ name = "a" }', '{ name = "a" && duration > 8000us && duration <= 16000us }'],
    ['{ name = "a" || name = "b" }', '{ (name = "a" || name = "b") && duration > 8000us && duration <= 16000us }'],
    ['{ name = "}{" }', '{ name = "}{" && duration > 8000us && duration <= 16000us }'],
    ['{ name = "a" } && { name = "b" }', null],
    ['{ name = "a" } | count() > 2', null],
  ])('of %s', (query, wanted) => expect(withDuration(query, 0.008, 0.016)).toBe(wanted));
});
