import { describe, expect, it } from 'vitest';
import { parseSearch } from './search';
import { shareAddress } from './shareAddress';

const NOW = 1_800_000_000_000;
const RANGE = { startMs: NOW - 3_600_000, endMs: NOW };
const share = (search: string, isFixed: boolean) => parseSearch(new URL(shareAddress(`http://t/explore/logs${search}`, RANGE, NOW, isFixed)).search);

describe('a shared address', () => {
  it('has the times as they are now', () => {
    expect(share('?q={a="b"}&refresh=10s', true)).toEqual({ q: '{a="b"}', from: String(RANGE.startMs), to: String(NOW) });
  });
  it('has the times of both panes', () => {
    expect(share('?right=logs&r.from=now-5m&r.to=now', true)).toMatchObject({ 'r.from': String(NOW - 300_000), 'r.to': String(NOW) });
  });
  it('leaves them moving where that is wanted', () => {
    expect(share('?q=up&from=now-3h&to=now&refresh=10s', false)).toEqual({ q: 'up', from: 'now-3h', to: 'now', refresh: '10s' });
  });
});
