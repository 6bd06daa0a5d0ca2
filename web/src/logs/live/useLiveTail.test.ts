import { expect, it } from 'vitest';
import { tailAddress } from './useLiveTail';

it('asks for some lines from before at first, and for everything since the newest line later', () => {
  const first = new URL(tailAddress('{app="shop"}', null, 1_700_000_300_000), 'http://x');
  expect(first.pathname).toBe('/loki/api/v1/tail');
  expect(Object.fromEntries(first.searchParams)).toEqual({
    query: '{app="shop"}',
    start: '1700000000000000000',
    limit: '200',
    encoding_flags: 'categorize-labels',
  });
  const later = new URL(tailAddress('{app="shop"}', '1700000000000000009', 0), 'http://x');
  expect(later.searchParams.get('start')).toBe('1700000000000000010');
});
