import { describe, expect, it } from 'vitest';
import { labelCardinalities } from './cardinality';
import { expressionFor } from './searchMetrics';

describe('cardinalities', () => {
  it('count values of labels and series of values, the most of both first', () => {
    const series: Record<string, string>[] = [
      { __name__: 'x', job: 'a', path: '/1' },
      { __name__: 'x', job: 'a', path: '/2' },
      { __name__: 'x', job: 'b', path: '/3', zone: 'z' },
    ];
    expect(labelCardinalities(series)).toEqual([
      { label: 'path', seriesCount: 3, values: [{ value: '/1', seriesCount: 1 }, { value: '/2', seriesCount: 1 }, { value: '/3', seriesCount: 1 }] },
      { label: 'job', seriesCount: 3, values: [{ value: 'a', seriesCount: 2 }, { value: 'b', seriesCount: 1 }] },
      { label: 'zone', seriesCount: 1, values: [{ value: 'z', seriesCount: 1 }] },
    ]);
  });
  it('are none without series', () => expect(labelCardinalities([])).toEqual([]));
});

describe('a metric with a value chosen', () => {
  const filter = [{ label: 'http.route', op: '=' as const, value: '/a"b' }];
  it.each([
    ['x_total', 'rate(x_total{"http.route"="/a\\"b"}[5m])'],
    ['my.metric', '{"my.metric", "http.route"="/a\\"b"}'],
    ['x_seconds_bucket', 'sum by (le) (rate(x_seconds_bucket{"http.route"="/a\\"b"}[5m]))'],
  ])('%s is asked for with the filter', (name, expression) => expect(expressionFor({ name, about: null }, filter)).toBe(expression));
});
