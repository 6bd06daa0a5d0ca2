import { describe, expect, it } from 'vitest';
import { parseSearch, stringifySearch } from '../search';
import { closeLeft, closeRight, isApart, RIGHT_VIEW, rightKind, split, swap, withLeftKind, withRangesApart, withRightKind } from './splitSearch';

const ONE = { q: ['up', 'x'], view: 'table', from: 'now-3h', to: 'now', refresh: '10s' };
const TWO = split(ONE, 'metrics');

describe('a split page', () => {
  it('begins with a copy that follows the range', () => {
    expect(rightKind(TWO)).toBe('metrics');
    expect(RIGHT_VIEW.read(TWO)).toEqual(ONE);
    expect(isApart(TWO)).toBe(false);
  });

  it('is one pane where the address says nothing of a second, or nonsense', () => {
    expect(rightKind({})).toBeNull();
    expect(rightKind({ right: 'graphs' })).toBeNull();
  });

  it('writes queries of the right pane beside those of the left, and linked ranges for both', () => {
    expect(RIGHT_VIEW.write({ q: '{a="b"}', view: undefined }, TWO)).toEqual({ 'r.q': '{a="b"}', 'r.view': undefined });
    expect(RIGHT_VIEW.write({ from: '1', to: '2' }, TWO)).toEqual({ from: '1', to: '2' });
  });

  it('has two ranges when they are apart, also where one is the default', () => {
    const apart = withRangesApart(TWO, true);
    expect(apart).toMatchObject({ 'r.from': 'now-3h', 'r.to': 'now' });
    expect(RIGHT_VIEW.write({ from: '1', to: '2' }, apart)).toEqual({ 'r.from': '1', 'r.to': '2' });
    expect(RIGHT_VIEW.write({ from: undefined, to: undefined }, apart)).toEqual({ 'r.from': 'now-1h', 'r.to': 'now' });
    expect(RIGHT_VIEW.write({ refresh: '5s' }, apart)).toEqual({ refresh: '5s' });
    expect(RIGHT_VIEW.read({ ...apart, from: '7' })).toMatchObject({ from: 'now-3h' });
    expect(isApart(parseSearch(stringifySearch(withRangesApart(apart, false))))).toBe(false);
  });

  it('closes either pane and keeps the other', () => {
    const changed = { ...TWO, 'r.q': 'other', 'r.from': '5', 'r.to': '6' };
    expect(closeRight(changed)).toEqual(ONE);
    expect(closeLeft(changed)).toEqual({ q: 'other', view: 'table', from: '5', to: '6', refresh: '10s' });
  });

  it('swaps twice to what it was', () => {
    const apart = { ...withRangesApart({ ...TWO, right: 'logs', 'r.q': '{a="b"}' }, true), 'r.from': 'now-5m' };
    const swapped = swap(apart, 'metrics');
    expect(swapped).toMatchObject({ right: 'metrics', q: '{a="b"}', from: 'now-5m', 'r.q': ['up', 'x'], 'r.from': 'now-3h' });
    expect(swap(swapped, 'logs')).toEqual(apart);
  });

  it('forgets the question of a pane that shows another signal, and nothing else', () => {
    const apart = withRangesApart(TWO, true);
    expect(withRightKind(apart, 'trace', { id: 'abc' })).toEqual({ ...ONE, right: 'trace', 'r.id': 'abc', 'r.from': 'now-3h', 'r.to': 'now' });
    expect(withLeftKind(TWO)).toEqual({ from: 'now-3h', to: 'now', refresh: '10s', right: 'metrics', 'r.q': ['up', 'x'], 'r.view': 'table' });
  });

  it('survives the address', () => {
    const apart = withRangesApart(TWO, true);
    expect(parseSearch(stringifySearch(apart))).toEqual(apart);
  });
});
