import { describe, expect, it } from 'vitest';
import { isOwnMetric, metricExpression, serviceMatchers } from './ownMetrics';

describe('serviceMatchers', () => {
  it('take the name as it is, also where it holds signs of regular expressions', () => expect(serviceMatchers('a.b')[0]).toBe('job=~"(.+/)?a\\\\.b"'));
});

describe('isOwnMetric', () => {
  it.each([['http_requests_total', true], ['traces_spanmetrics_calls_total', false], ['traces_of_paint_total', true], ['up', false], ['upload_bytes', true], ['scrape_duration_seconds', false]])('%s: %s', (name, own) => expect(isOwnMetric(name)).toBe(own));
});

describe('metricExpression', () => {
  it.each([
    ['x_total', 'rate(x_total{job="a"}[5m])'],
    ['x_seconds_bucket', 'sum by (le) (rate(x_seconds_bucket{job="a"}[5m]))'],
    ['x_bytes', 'x_bytes{job="a"}'],
    ['x.bytes', '{"x.bytes", job="a"}'],
  ])('of %s', (name, wanted) => expect(metricExpression(name, 'job="a"', {})).toBe(wanted));
});
