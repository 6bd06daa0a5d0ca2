import { describe, expect, it } from 'vitest';
import { EMPTY_BUILDER, isDuration, readTraceQL, writeTraceQL } from './builder';

describe('the TraceQL builder', () => {
  it('asks for all traces when empty', () => expect(writeTraceQL(EMPTY_BUILDER)).toBe('{ }'));

  it.each([
    { ...EMPTY_BUILDER, service: 'cart' },
    { ...EMPTY_BUILDER, name: 'GET "/a && b"' },
    { service: 'cart', name: 'GET /', status: 'error' as const, minDuration: '100ms', maxDuration: '1.5s' },
  ])('reads back what it wrote: %o', (builder) => expect(readTraceQL(writeTraceQL(builder))).toEqual(builder));

  it.each([
    '{ .http.status_code = 500 }',
    '{ name = "a" } >> { name = "b" }',
    '{ name = "a" || name = "b" }',
    '{ name = "a" } | count() > 2',
    '{ name = "a" && name = "b" }',
    '{ duration > 1s }',
    '{ status = error &&',
  ])('does not claim to show %s', (query) => expect(readTraceQL(query)).toBeNull());

  it('leaves a half-typed duration out', () => {
    expect(writeTraceQL({ ...EMPTY_BUILDER, minDuration: '10' })).toBe('{ }');
    expect(isDuration('1h30m')).toBe(true);
    expect(isDuration('fast')).toBe(false);
  });
});
