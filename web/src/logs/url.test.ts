import { describe, expect, it } from 'vitest';
import { parseSearch, stringifySearch } from '../app/search';
import { readLogsUrl, writeLogsUrl } from './url';
import type { LogsUrl } from './url';

/** Through an address as a browser would carry it. */
function throughAddress(state: LogsUrl): LogsUrl {
  return readLogsUrl(parseSearch(stringifySearch(writeLogsUrl(state))));
}

describe('the address of /explore/logs', () => {
  it.each<LogsUrl>([
    { query: '', limit: 1000, direction: 'backward', wrap: false, show: 'message', live: false, fields: false, patterns: true },
    { query: '{app="a&b=c#d"} |= "100% +ö" | json', limit: 500, direction: 'forward', wrap: true, show: 'indented', live: false, fields: false, patterns: true },
    { query: '{a="b"}', limit: 100, direction: 'backward', wrap: false, show: 'raw', live: true, fields: true, patterns: false },
  ])('carries %o and back', (state) => expect(throughAddress(state)).toEqual(state));

  it('is empty for the defaults', () => {
    expect(stringifySearch(writeLogsUrl(readLogsUrl({})))).toBe('');
  });

  it.each(['-1', 'many', '1000000000', '1.5', ''])('ignores the limit %j', (limit) => expect(readLogsUrl({ limit }).limit).toBe(1000));
  it('takes the first of repeated names', () => expect(readLogsUrl({ q: ['{a="1"}', '{a="2"}'] }).query).toBe('{a="1"}'));
});
