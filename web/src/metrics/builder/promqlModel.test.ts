import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { EMPTY_MODEL, OVER, readPromql, writePromql } from './promqlModel';
import type { MetricsModel } from './promqlModel';

const written = (model: Partial<MetricsModel>) => writePromql({ ...EMPTY_MODEL, ...model });
const by = (aggregate: string, labels: string[] = [], count = '5') => ({ aggregate, grouping: 'by' as const, labels, count });

describe('writing PromQL', () => {
  it.each<[string, Partial<MetricsModel>]>([
    ['', {}],
    ['up', { metric: 'up' }],
    ['{job="a"}', { filters: [{ label: 'job', op: '=', value: 'a' }] }],
    ['{"my.metric"}', { metric: 'my.metric' }],
    ['x{"http.route"=~"/a.*"}', { metric: 'x', filters: [{ label: 'http.route', op: '=~', value: '/a.*' }] }],
    ['rate(x_total{a!="b"}[5m])', { metric: 'x_total', over: 'rate', filters: [{ label: 'a', op: '!=', value: 'b' }] }],
    ['sum by (job) (increase(x[1h30m]))', { metric: 'x', over: 'increase', window: '1h30m', aggregation: by('sum', ['job']) }],
    ['max(up)', { metric: 'up', aggregation: by('max') }],
    ['sum without () (up)', { metric: 'up', aggregation: { ...by('sum'), grouping: 'without' } }],
    ['topk by (job) (3, up)', { metric: 'up', aggregation: by('topk', ['job'], '3') }],
    ['histogram_quantile(0.95, sum by (le, job) (rate(x_bucket[5m])))', { metric: 'x_bucket', over: 'rate', quantile: '0.95', aggregation: by('sum', ['job']) }],
    ['histogram_quantile(0.5, rate(x[5m]))', { metric: 'x', over: 'rate', quantile: '0.5' }],
  ])('%s, and back', (query, model) => {
    expect(written(model)).toBe(query);
    expect(readPromql(query)).toEqual({ ...EMPTY_MODEL, ...model });
  });

  it('waits for filters and windows to be whole', () => {
    expect(written({ metric: 'up', filters: [{ label: '', op: '=', value: 'x' }] })).toBe('up');
    expect(written({ metric: 'up', over: 'rate', window: 'soon' })).toBe('rate(up[5m])');
  });

  it('escapes values so that they stay values', () => {
    for (const value of ['a"b', 'a\\', '"} or vector(1) #', 'x\ny\t', "it's", '`', 'ä☃', '']) {
      const query = written({ metric: 'x', filters: [{ label: 'l', op: '=', value }] });
      expect(errorsIn(query)).toBe(0);
      expect(readPromql(query)?.filters).toEqual([{ label: 'l', op: '=', value }]);
    }
  });
});

describe('reading PromQL', () => {
  it.each([
    ['sum(rate(x[5m])) by (a,b)', 'sum by (a, b) (rate(x[5m]))'],
    ["  up { job = 'a' , } ", 'up{job="a"}'],
    ['count ( up{a=`b\\d`} )', 'count(up{a="b\\\\d"})'],
    ['histogram_quantile(.9, sum(rate(x_bucket[5m])) by (job, le))', 'histogram_quantile(.9, sum by (le, job) (rate(x_bucket[5m])))'],
    ['sum by (job,) (up)', null],
    ['rate', 'rate'],
    ['sum', 'sum'],
  ])('%s', (query, again) => {
    const model = readPromql(query);
    expect(model === null ? null : writePromql(model)).toBe(again);
  });

  it.each(['up + 1', 'up > 0', 'up offset 5m', 'up @ 100', 'rate(up[5m:1m])', '-up', '(up)', 'sum(up) / sum(up)', 'label_replace(up, "a", "b", "c", "d")', 'up # why', '{__name__=~"a.*"}', 'topk(scalar(x), up)', 'histogram_quantile(0.9, sum by (job) (rate(x_bucket[5m])))', 'histogram_quantile(1.2.3, rate(x[5m]))', 'histogram_quantile(., rate(x[5m]))', 'sum(', 'up{a="b', 'up{a=b}', 'rate(up[$__rate_interval])', 'up{a="\\x41"}', '{}', 'sum by (a) (up) by (b)', '1', 'up by (job)'])(
    'leaves %s to the editor',
    (query) => expect(readPromql(query)).toBeNull(),
  );
});

describe('both ways', () => {
  it('keep every model', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const pick = <T,>(from: readonly T[]): T => from[random(from.length)]!;
    for (let round = 0; round < 500; round++) {
      const over = pick(OVER).name;
      const aggregate = pick(['', 'sum', 'avg', 'count', 'topk']);
      const model: MetricsModel = {
        metric: pick(['up', 'sum', 'rate', 'a:b', 'x_bucket', 'with.dot', 'with "quote"']),
        filters: Array.from({ length: random(3) }, () => ({ label: pick(['job', 'http.route', 'le', 'by']), op: pick(['=', '!=', '=~', '!~'] as const), value: pick(['', 'a', '"', '\\', '}', 'a\nb']) })),
        over,
        window: over === '' ? '5m' : pick(['5m', '1h30m', '100ms']),
        aggregation: aggregate === '' ? EMPTY_MODEL.aggregation : { aggregate, grouping: pick(['by', 'without']), labels: pick([[], ['job'], ['a.b', 'c']]), count: aggregate === 'topk' ? pick(['1', '10']) : '5' },
        quantile: pick(['', '0.5', '0.99']),
      };
      const query = writePromql(model);
      expect(errorsIn(query), query).toBe(0);
      expect(readPromql(query), query).toEqual(model);
    }
  });
});

/** Places that Prometheus' own grammar does not understand. */
function errorsIn(query: string): number {
  let errors = 0;
  parser.parse(query).iterate({ enter: (node) => void (node.type.isError && errors++) });
  return errors;
}
