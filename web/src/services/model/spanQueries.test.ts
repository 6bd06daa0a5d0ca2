import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { exemplarQuery, exploreRate, failedQuery, latencyQuery, operationQueries, rateQuery, windowFor } from './spanQueries';

/** Whether the grammar takes all of it. */
function isPromql(expression: string): boolean {
  let whole = true;
  parser.parse(expression).iterate({ enter: (node) => void (whole &&= !node.type.isError) });
  return whole;
}

const HOSTILE = 'a"b\\c\nd{}';

describe('queries of span metrics', () => {
  it.each([
    rateQuery({}, '60s'),
    rateQuery({ service: HOSTILE }, '60s'),
    failedQuery({ service: HOSTILE, operation: HOSTILE }, '60s'),
    latencyQuery({ service: HOSTILE }, 0.95, '60s'),
    operationQueries.rate(HOSTILE, '5m'),
    operationQueries.failed(HOSTILE, '5m'),
    operationQueries.latency(HOSTILE, 0.99, '5m'),
    exemplarQuery({ service: HOSTILE }, true),
    exploreRate(HOSTILE),
  ])('are PromQL: %s', (expression) => expect(isPromql(expression)).toBe(true));

  it('count what reaches a service, and all spans of one that nothing reaches', () => {
    expect(rateQuery({ service: 'a' }, '60s')).toMatch(/SPAN_KIND_SERVER.* or \(sum by \(service\) \(rate\(traces_spanmetrics_calls_total\{service="a"\}\[60s\]\)\) unless on \(service\)/);
  });

  it('count an operation whatever its kind is', () => expect(rateQuery({ service: 'a', operation: 'b' }, '60s')).toBe('sum by (service) (rate(traces_spanmetrics_calls_total{service="a", span_name="b"}[60s]))'));
});

describe('windowFor', () => it.each([[5, '60s'], [300, '300s']])('of points %d s apart', (step, window) => expect(windowFor(step)).toBe(window)));
