import { describe, expect, it } from 'vitest';
import { timeLabel, valueRange } from './axes';
import { frameOf, seriesName } from './frame';

describe('frameOf', () => {
  it('puts points on the grid and leaves gaps where none is', () => {
    const frame = frameOf([{ metric: { __name__: 'x' }, values: [[10, '1'], [30, '3']] }], 10_000, 40_000, 10);
    expect(frame.times).toEqual([10, 20, 30, 40]);
    expect(frame.series[0]!.values).toEqual([1, null, 3, null]);
    expect(frame.series[0]!.stats).toEqual({ last: 3, min: 1, avg: 2, max: 3 });
  });

  it('shows NaN and infinities as gaps, and has no statistics of nothing', () => {
    const frame = frameOf([{ metric: {}, values: [[0, 'NaN'], [10, '+Inf'], [20, '-Inf']] }], 0, 20_000, 10);
    expect(frame.series[0]!.values).toEqual([null, null, null]);
    expect(frame.series[0]!.stats).toEqual({ last: null, min: null, avg: null, max: null });
  });

  it('ignores points outside of the range', () => {
    const frame = frameOf([{ metric: {}, values: [[-10, '1'], [100, '2']] }], 0, 20_000, 10);
    expect(frame.series[0]!.values).toEqual([null, null, null]);
  });

  it('names series by what tells them apart', () => {
    const frame = frameOf([{ metric: { __name__: 'x', job: 'a', cpu: '0' } }, { metric: { __name__: 'x', job: 'a', cpu: '1' } }], 0, 10_000, 10);
    expect(frame.series.map((s) => s.name)).toEqual(['x{cpu="0"}', 'x{cpu="1"}']);
    expect(frame.common).toEqual({ job: 'a' });
  });

  it('names a lone series in full', () => expect(frameOf([{ metric: { __name__: 'x', job: 'a' } }], 0, 10_000, 10).series[0]!.name).toBe('x{job="a"}'));

  it('has names for sets without labels and escapes values', () => {
    expect(seriesName({}, {})).toBe('value');
    expect(seriesName({ a: 'say "hi"' }, {})).toBe('{a="say \\"hi\\""}');
  });
});

describe('valueRange', () => {
  it.each([
    [null, null, null, [0, 1]],
    [0, 0, null, [0, 1]],
    [5, 5, null, [0, 6.25]],
    [0.2, 0.4, 1, [0, 1]],
    [0.2, 2, 1, [0, 2.04]],
  ])('of %s to %s with ceiling %s', (min, max, ceiling, range) => expect(valueRange(min, max, ceiling)).toEqual(range));

  it('holds zero when values are near it, and not when they lie in a narrow band far away', () => {
    expect(valueRange(10, 100, null)[0]).toBe(0);
    expect(valueRange(1000, 1010, null)[0]).toBeGreaterThan(990);
    expect(valueRange(-5, 5, null)).toEqual([-5.6, 5.6]);
  });
});

describe('timeLabel', () => {
  const at = (h: number, m: number, s: number) => new Date(2026, 10, 21, h, m, s).getTime() / 1000;
  it.each([
    [at(12, 30, 0), 300, '12:30'],
    [at(12, 30, 15), 15, '12:30:15'],
    [at(0, 0, 0), 3600, '21 Nov'],
    [at(0, 0, 0), 86_400, '21 Nov'],
  ])('at %d by %d s is %s', (seconds, increment, text) => expect(timeLabel(seconds, increment)).toBe(text));
});
