import { describe, expect, it } from 'vitest';
import { queryKind, withPatternFilter } from '../query/logql';
import { patternsOf, patternStepSeconds } from './patternApi';

describe('patterns', () => {
  const samples = (...pairs: [number, number][]) => pairs;
  it('come most frequent first, with a count for each step', () => {
    const found = patternsOf({ data: [{ pattern: 'a <_>', level: 'error', samples: samples([60, 2]) }, { pattern: 'b', samples: samples([60, 5], [180, 1]) }] }, 60_000, 240_000, 60);
    expect(found).toEqual([
      { text: 'b', level: 'unknown', count: 6, counts: [5, 0, 1] },
      { text: 'a <_>', level: 'error', count: 2, counts: [2, 0, 0] },
    ]);
  });
  it('count what lies at the edge of the range without a place for it', () => {
    expect(patternsOf({ data: [{ pattern: 'a', samples: samples([0, 3], [90, 1]) }] }, 65_000, 120_000, 60)).toMatchObject([{ count: 4, counts: [1] }]);
  });
  it('are none where the server has none', () => expect(patternsOf({}, 0, 1000, 10)).toEqual([]));
  it.each([[60_000, 10], [3_600_000, 60], [86_400_000, 1800]])('of %i ms are counted by %i s', (rangeMs, step) => expect(patternStepSeconds(rangeMs)).toBe(step));
});

describe('a filter by a pattern', () => {
  it('looks at the line as it came, before a parser', () => {
    expect(withPatternFilter('{a="b"} | json', 'user <_> said "x"', true)).toBe('{a="b"} |> "user <_> said \\"x\\"" | json');
    expect(withPatternFilter('sum(rate({a="b"}[5m]))', 'x', false)).toBe('sum(rate({a="b"} !> "x"[5m]))');
    expect(queryKind(withPatternFilter('{a="b"}', 'x', false))).toBe('log');
  });
  it('needs streams to look in', () => expect(withPatternFilter('', 'x', true)).toBe(''));
});
