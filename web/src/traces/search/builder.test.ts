import { describe, expect, it } from 'vitest';
import { EMPTY_BUILDER, isDuration, readTraceQL, writeTraceQL } from './builder';

describe('the TraceQL builder', () => {
  it('asks for all traces when empty', () => expect(writeTraceQL(EMPTY_BUILDER)).toBe('{ }'));

  it.each([
    { ...EMPTY_BUILDER, service: 'cart' },
    { ...EMPTY_BUILDER, name: 'GET "/a && b"' },
    { ...EMPTY_BUILDER, service: 'cart', name: 'GET /', status: 'error' as const, minDuration: '100ms', maxDuration: '1.5s' },
    {
      ...EMPTY_BUILDER,
      status: 'unset' as const,
      attributes: [
        { name: 'span.http.response.status_code', op: '>=' as const, value: '500', isText: false },
        { name: 'resource.k8s.pod', op: '=~' as const, value: 'a"b.*\\d', isText: true },
        { name: '.version', op: '!=' as const, value: '500', isText: true },
        { name: 'span.with space && "quotes"', op: '=' as const, value: '} || true', isText: true },
        { name: 'event.delay', op: '<' as const, value: '1.5ms', isText: false },
        { name: 'span.cached', op: '=' as const, value: 'true', isText: false },
      ],
    },
  ])('reads back what it wrote: %o', (builder) => expect(readTraceQL(writeTraceQL(builder))).toEqual(builder));

  it.each([
    '{ .http.status_code = .other }',
    '{ span.a = "" }',
    '{ span.a =~ 5 }',
    '{ span.a = nil }',
    '{ span.a = 5 || span.b = 6 }',
    '{ kind = server }',
    '{ resource.service.name = "" }',
    '{ name = "a" } >> { name = "b" }',
    '{ name = "a" || name = "b" }',
    '{ name = "a" } | count() > 2',
    '{ name = "a" && name = "b" }',
    '{ duration > 1s }',
    '{ status = error &&',
  ])('does not claim to show %s', (query) => expect(readTraceQL(query)).toBeNull());

  it('leaves conditions out that are not whole, and never lets a pattern stand bare', () => {
    const attribute = { name: 'span.a', op: '=~' as const, value: '5', isText: false };
    expect(writeTraceQL({ ...EMPTY_BUILDER, attributes: [{ ...attribute, name: 'a' }, { ...attribute, value: '' }, attribute] })).toBe('{ span.a =~ "5" }');
  });

  it('leaves a half-typed duration out', () => {
    expect(writeTraceQL({ ...EMPTY_BUILDER, minDuration: '10' })).toBe('{ }');
    expect(isDuration('1h30m')).toBe(true);
    expect(isDuration('fast')).toBe(false);
  });
});
