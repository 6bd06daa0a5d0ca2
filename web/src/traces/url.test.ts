import { describe, expect, it } from 'vitest';
import { parseSearch, stringifySearch } from '../app/search';
import { readTraceUrl, readTracesUrl, writeTracesUrl } from './url';
import type { TracesUrl } from './url';

function throughAddress(state: TracesUrl): TracesUrl {
  return readTracesUrl(parseSearch(stringifySearch(writeTracesUrl(state))));
}

describe('the address of /explore/traces', () => {
  it.each<TracesUrl>([
    { query: '{ }', limit: 100, order: 'start', isDescending: true },
    { query: '{ name = "GET /a?b=c&d" && duration > 1s } | count() > 2', limit: 500, order: 'duration', isDescending: false },
    { query: '{ status = error }', limit: 20, order: 'errors', isDescending: true },
    { query: '{ }', limit: 100, order: 'start', isDescending: false },
  ])('carries %o and back', (state) => expect(throughAddress(state)).toEqual(state));

  it('ignores what makes no sense', () => {
    expect(readTracesUrl({ limit: 'x', sort: 'colour', q: '' })).toEqual({ query: '{ }', limit: 100, order: 'start', isDescending: true });
  });
});

describe('the address of a trace', () => {
  it.each([
    ['00F067AA0BA902B7', '00f067aa0ba902b7'],
    ['7', '0000000000000007'],
    ['1234567890123456', '1234567890123456'],
    ['nothing', null],
    [undefined, null],
  ])('takes the span %j as %j', (span, expected) => expect(readTraceUrl({ span }).spanId).toBe(expected));
});
