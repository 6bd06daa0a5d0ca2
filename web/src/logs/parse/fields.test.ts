import { describe, expect, it } from 'vitest';
import { labelName, parseLine, prettyLine } from './fields';

describe('parseLine', () => {
  it('flattens JSON and names the labels that LogQL makes of it', () => {
    const { format, fields } = parseLine('{"level":30,"req":{"url":"/cart","headers":{"x-id":null}},"tags":["a","b"],"ok":true}');
    expect(format).toBe('json');
    expect(fields).toEqual([
      { path: 'level', label: 'level', value: '30' },
      { path: 'req.url', label: 'req_url', value: '/cart' },
      { path: 'req.headers.x-id', label: 'req_headers_x_id', value: 'null' },
      { path: 'tags', label: 'tags', value: '["a","b"]' },
      { path: 'ok', label: 'ok', value: 'true' },
    ]);
  });

  it('reads logfmt with quotes and escapes', () => {
    const { format, fields } = parseLine('ts=2026-01-01T00:00:00Z level=warn msg="disk \\"sda\\" full" free=0 path=');
    expect(format).toBe('logfmt');
    expect(Object.fromEntries(fields.map((f) => [f.path, f.value]))).toEqual({
      ts: '2026-01-01T00:00:00Z',
      level: 'warn',
      msg: 'disk "sda" full',
      free: '0',
      path: '',
    });
  });

  it.each([
    ['prose', 'server listens on port 8080'],
    ['prose with one pair', 'set the flag a=b before you start'],
    ['broken JSON', '{"a":1'],
    ['a JSON list', '[1,2]'],
    ['an empty line', ''],
    ['a URL with a query', 'GET /search?q=a&b=c 200'],
  ])('takes %s as text', (_, line) => expect(parseLine(line)).toEqual({ format: 'text', fields: [] }));

  it('takes a single pair that is the whole line', () => expect(parseLine('ready=true').format).toBe('logfmt'));

  it('stays bounded on hostile lines', () => {
    const deep = '{"a":'.repeat(2000) + '1' + '}'.repeat(2000);
    expect(parseLine(deep).fields).toHaveLength(1);
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i])));
    expect(parseLine(wide).fields).toHaveLength(500);
  });

  it('names labels as LogQL does', () => {
    expect(labelName('http.status-code')).toBe('http_status_code');
    expect(labelName('2xx')).toBe('_2xx');
  });

  it('indents JSON only', () => {
    expect(prettyLine('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(prettyLine('a=1')).toBe('a=1');
  });
});
