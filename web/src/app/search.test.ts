import { describe, expect, it } from 'vitest';
import { many, one, parseSearch, stringifySearch } from './search';

describe('the query part of addresses', () => {
  it('keeps values as text, also those that look like numbers', () => expect(parseSearch('?from=1795263065762&limit=010')).toEqual({ from: '1795263065762', limit: '010' }));

  it('makes a list of a key that occurs several times', () => expect(parseSearch('?q=up&q=&q=rate(x[5m])')).toEqual({ q: ['up', '', 'rate(x[5m])'] }));

  it('leaves out what is not set', () => expect(stringifySearch({ a: undefined, b: '', c: null, d: '1' })).toBe('?d=1'));

  it('is empty for an empty state', () => expect(stringifySearch({})).toBe(''));

  it.each(['sum by (job) (rate(x{a="b c",d!~"[+&=#%]"}[5m]))', '{app="ä"} |= "100% + x"', '{ span.http.status_code >= 500 && name =~ "GET /.*" }'])('survives writing and reading: %s', (query) => {
    expect(parseSearch(stringifySearch({ q: [query, 'up'] }))).toEqual({ q: [query, 'up'] });
  });

  it('does not let parameters of an address touch the prototype', () => {
    expect(parseSearch('?__proto__=x')['polluted']).toBeUndefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('reads one or many values', () => {
    expect(one(['a', 'b'])).toBe('a');
    expect(one(undefined)).toBe('');
    expect(many('a')).toEqual(['a']);
    expect(many(undefined)).toEqual([]);
  });
});
