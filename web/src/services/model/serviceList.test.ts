import { describe, expect, it } from 'vitest';
import type { MatrixSeries, VectorSample } from '../../api/prometheus';
import { searchServices, serviceSummaries, sortServices } from './serviceList';
import type { ServiceAnswers, ServiceSummary } from './serviceList';

const grid = { startSeconds: 100, stepSeconds: 10, count: 3 };
const nothing: ServiceAnswers = { rate: [], failed: [], p50: [], p95: [], p99: [], rateOverTime: [], failedOverTime: [], p95OverTime: [], lines: [] };
const vector = (values: Record<string, string>, label = 'service'): VectorSample[] => Object.entries(values).map(([name, value]) => ({ metric: { [label]: name }, value: [0, value] }));
const matrix = (name: string, values: [number, string][]): MatrixSeries[] => [{ metric: { service: name }, values }];
const summary = (name: string, errorShare: number | null, p95: number | null): ServiceSummary => ({ name, rate: 1, failed: 0, errorShare, p50: null, p95, p99: null, rateOverTime: [], errorsOverTime: [], p95OverTime: [], linesPerSecond: null });
const names = (services: ServiceSummary[]) => services.map(({ name }) => name);

describe('serviceSummaries', () => {
  it('joins rate, failures and latencies by name', () => {
    const [one] = serviceSummaries({ ...nothing, rate: vector({ a: '10' }), failed: vector({ a: '2.5' }), p50: vector({ a: '0.1' }), p95: vector({ a: '0.5' }), p99: vector({ a: 'NaN' }) }, grid);
    expect(one).toMatchObject({ name: 'a', rate: 10, failed: 2.5, errorShare: 0.25, p50: 0.1, p95: 0.5, p99: null, linesPerSecond: null });
  });

  it('has no failures where none were told, and no share of nothing', () => {
    const found = serviceSummaries({ ...nothing, rate: vector({ a: '10', b: '0' }) }, grid);
    expect(found.map(({ errorShare }) => errorShare)).toEqual([0, null]);
  });

  it('puts values on the grid, with gaps and the share of errors of each step', () => {
    const [one] = serviceSummaries({ ...nothing, rate: vector({ a: '1' }), rateOverTime: matrix('a', [[100, '4'], [120, '2']]), failedOverTime: matrix('a', [[120, '1']]) }, grid);
    expect(one!.rateOverTime).toEqual([4, null, 2]);
    expect(one!.errorsOverTime).toEqual([0, null, 0.5]);
    expect(one!.p95OverTime).toEqual([null, null, null]);
  });

  it('knows services that only write log lines', () => {
    expect(serviceSummaries({ ...nothing, lines: vector({ job: '3' }, 'service_name') }, grid)).toMatchObject([{ name: 'job', rate: null, errorShare: null, linesPerSecond: 3 }]);
  });

  it('leaves out what has no name', () => expect(serviceSummaries({ ...nothing, rate: vector({ '': '3' }) }, grid)).toEqual([]));
});

describe('sortServices', () => {
  const services = [summary('calm', 0, 0.1), summary('slow', 0, 2), summary('lines only', null, null), summary('failing', 0.2, 0.01), summary('fails as much', 0.2001, 0.5)];
  it('puts the worst first and what is not known last', () => expect(names(sortServices(services, 'worst', false))).toEqual(['fails as much', 'failing', 'slow', 'calm', 'lines only']));
  it('keeps what is not known last when reversed', () => expect(names(sortServices(services, 'p95', true))).toEqual(['failing', 'calm', 'fails as much', 'slow', 'lines only']));
  it('sorts by name both ways', () => {
    expect(names(sortServices(services, 'name', false))[0]).toBe('calm');
    expect(names(sortServices(services, 'name', true))[0]).toBe('slow');
  });
});

describe('searchServices', () => {
  const all = [{ name: 'shop-gateway' }, { name: 'shop-orders' }, { name: 'mailer' }];
  it.each([['shop', 2], ['OR shop', 1], ['', 3], ['x', 0]])('finds by “%s” %d', (text, count) => expect(searchServices(all, text)).toHaveLength(count));
});
