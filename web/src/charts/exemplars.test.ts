import { describe, expect, it } from 'vitest';
import { exemplarsOf, maxWithExemplars, thinned } from './exemplars';
import type { Exemplar } from './exemplars';

const ID = 'b33521037bccb50a5dd5952ac4caf9c5';
const at = (atMs: number, value: number | null, failed = false): Exemplar => ({ traceId: ID, atMs, value, failed, labels: {} });

describe('exemplarsOf', () => {
  const series = (labels: Record<string, string>, own: Record<string, string>) => [{ seriesLabels: { __name__: 'x_seconds_bucket', le: '1', ...labels }, exemplars: [{ labels: own, value: '0.25', timestamp: 12.5 }] }];

  it.each(['traceID', 'trace_id', 'TraceId', 'trace.id'])('knows the trace by %s', (key) => {
    expect(exemplarsOf(series({ service: 'a' }, { [key]: ID, user: 'u' }), () => true)).toEqual([{ traceId: ID, atMs: 12_500, value: 0.25, failed: false, labels: { service: 'a', user: 'u' } }]);
  });

  it('leaves out what names no trace', () => expect(exemplarsOf(series({}, { user: 'u', trace_id: 'none' }), () => true)).toEqual([]));
  it('has no value where the chart measures something else', () => expect(exemplarsOf(series({}, { traceID: ID }), () => false)[0]!.value).toBeNull());
  it.each([[{ status_code: 'STATUS_CODE_ERROR' }], [{ http_response_status_code: '503' }]])('knows a failure by %o', (labels) => {
    expect(exemplarsOf(series(labels, { traceID: ID }), () => true)[0]!.failed).toBe(true);
  });
  it('shows an exemplar of several buckets once', () => expect(exemplarsOf([...series({}, { traceID: ID }), ...series({}, { traceID: ID })], () => true)).toHaveLength(1));
});

describe('thinned', () => {
  it('keeps the largest of each cell, and the largest that failed', () => {
    const kept = thinned([at(0, 1), at(1, 5), at(2, 2, true), at(3, 1, true), at(50, 1), at(200, 9)], 0, 100, 2);
    expect(kept.map(({ atMs }) => atMs)).toEqual([1, 2, 50]);
  });
  it('holds one at the very end', () => expect(thinned([at(100, 1)], 0, 100, 4)).toHaveLength(1));
});

describe('maxWithExemplars', () => {
  it.each([
    [10, [at(0, 15), at(0, 500)], 15],
    [10, [at(0, null)], 10],
    [null, [at(0, 3)], 3],
    [null, [], null],
  ])('of lines up to %s', (max, exemplars, wanted) => expect(maxWithExemplars(max, exemplars)).toBe(wanted));
});
