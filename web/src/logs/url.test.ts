import { describe, expect, it } from 'vitest';
import { readLogsUrl, writeLogsUrl } from './url';
import type { LogsUrl } from './url';

/** Through an address as a browser would carry it. */
function throughAddress(state: LogsUrl): LogsUrl {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(writeLogsUrl(state))) if (value !== undefined) params.set(key, String(value));
  return readLogsUrl(Object.fromEntries(new URLSearchParams(params.toString())));
}

describe('the address of /explore/logs', () => {
  it.each<LogsUrl>([
    { query: '', limit: 1000, direction: 'backward', wrap: false, pretty: false },
    { query: '{app="a&b=c#d"} |= "100% +ö" | json', limit: 500, direction: 'forward', wrap: true, pretty: true },
  ])('carries %o and back', (state) => expect(throughAddress(state)).toEqual(state));

  it('is empty for the defaults', () => {
    expect(Object.values(writeLogsUrl(readLogsUrl({}))).every((v) => v === undefined)).toBe(true);
  });

  it.each([{ limit: -1 }, { limit: 'many' }, { limit: 1e9 }, { limit: 1.5 }])('ignores %o', (search) => expect(readLogsUrl(search).limit).toBe(1000));
  it('reads values that the router has parsed already', () => expect(readLogsUrl({ wrap: 1, limit: 500, q: 7 })).toMatchObject({ wrap: true, limit: 500, query: '' }));
});
