import { describe, expect, it } from 'vitest';
import { canFilterOn, firstFault, parsedLabel, queryKind, selectorFor, selectorMatchers, volumeQuery, withFieldFilter, withLineFilter, withSelector } from './logql';

describe('queryKind', () => {
  it.each([
    ['', 'empty'],
    ['  ', 'empty'],
    ['{app="x"} |= "a" | json', 'log'],
    ['sum(rate({app="x"}[5m]))', 'metric'],
    ['vector(1)', 'metric'],
    ['{app=', 'log'],
  ])('of %j is %s', (query, kind) => expect(queryKind(query)).toBe(kind));
});

describe('selectors', () => {
  it('are read with both kinds of quotes', () => {
    expect(selectorMatchers('{a="x\\"y", b=~`z|w`} |= "c"')).toEqual([
      { label: 'a', op: '=', value: 'x"y' },
      { label: 'b', op: '=~', value: 'z|w' },
    ]);
  });
  it('are given without the label being completed', () => {
    expect(selectorFor('{a="x", b="', 'b')).toBe('{a="x"}');
    expect(selectorFor('{b="', 'b')).toBeNull();
  });
  it('are replaced in place', () => {
    expect(withSelector('sum(rate({a="x"} |= "e" [5m]))', [{ label: 'b', op: '=', value: 'y' }])).toBe('sum(rate({b="y"} |= "e" [5m]))');
    expect(withSelector('', [{ label: 'b', op: '=', value: 'y' }])).toBe('{b="y"}');
  });
});

describe('filters from a field', () => {
  it.each([
    ['stream', true, '{a="x"}', '{a="x", pod="p"}'],
    ['stream', false, '{a="x"} |= "e"', '{a="x", pod!="p"} |= "e"'],
    ['metadata', true, '{a="x"} |= "e"', '{a="x"} |= "e" | pod="p"'],
    ['json', true, '{a="x"}', '{a="x"} | json | pod="p"'],
    ['json', true, '{a="x"} | json', '{a="x"} | json | pod="p"'],
    ['logfmt', false, '{a="x"}', '{a="x"} | logfmt | pod!="p"'],
    ['logfmt', true, '{a="x"} | logfmt', '{a="x"} | logfmt | pod="p"'],
    ['parsed', true, '{a="x"} | json', '{a="x"} | json | pod="p"'],
    ['metadata', true, 'rate({a="x"}[5m])', 'rate({a="x"} | pod="p"[5m])'],
  ] as const)('in %s, wanted %s: %s → %s', (place, isWanted, query, expected) => {
    expect(withFieldFilter(query, place, 'pod', 'p', isWanted)).toBe(expected);
  });

  it('replaces the value asked for before', () => expect(withFieldFilter('{pod="q"}', 'stream', 'pod', 'p', true)).toBe('{pod="p"}'));
  it('keeps a positive matcher when the only value is excluded', () => {
    expect(withFieldFilter('{pod=~".+"}', 'stream', 'pod', 'p', false)).toBe('{pod=~".+", pod!="p"}');
    expect(withFieldFilter('{pod="p"}', 'stream', 'pod', 'p', false)).toBe('{pod="p"} | pod!="p"');
  });
  it('call a field by another name where the stream has a label of that name', () => {
    expect(parsedLabel('app', { app: 'coll' })).toBe('app_extracted');
    expect(parsedLabel('app', { job: 'coll' })).toBe('app');
    expect(parsedLabel('constructor', {})).toBe('constructor');
  });
  it.each([
    ['json', 'null', false],
    ['json', '["a","b"]', false],
    ['json', '[\n1]', false],
    ['json', '{"too":"deep"}', false],
    ['json', '[…]', false],
    ['json', '', false],
    ['logfmt', '', false],
    ['parsed', '', false],
    ['json', '[main]', true],
    ['json', 'false', true],
    ['json', '0', true],
    ['logfmt', 'null', true],
    ['logfmt', '[1]', true],
    ['stream', 'null', true],
  ] as const)('of %s: on %j %s', (place, value, expected) => expect(canFilterOn(place, value)).toBe(expected));
  it('quotes what needs it', () => expect(withLineFilter('{a="x"}', 'say "hi"\\', true)).toBe('{a="x"} |= "say \\"hi\\"\\\\"'));
});

describe('volumeQuery', () => {
  it('counts what the query finds', () => {
    expect(volumeQuery('{a="x"} |= "e" | json', 10_000)).toBe('sum by (detected_level) (count_over_time({a="x"} |= "e" | json [10000ms]))');
  });
  it.each(['', 'rate({a="x"}[5m])', '{a='])('is none for %j', (query) => expect(volumeQuery(query, 1000)).toBeNull());
});

describe('firstFault', () => {
  it('is where the text stops being LogQL', () => {
    expect(firstFault('{a="x"}')).toBeNull();
    expect(firstFault('{a="x"} |= ')!.from).toBeGreaterThanOrEqual(8);
  });
});
