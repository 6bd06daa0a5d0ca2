import { describe, expect, it } from 'vitest';
import { labelName, parseLine, prettyLine, recordJson } from './fields';
import type { LogRow } from '../query/lokiAnswer';

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

  it('keeps numbers as they are written', () => {
    const line = '{"big":12345678901234567890,"f":1.50,"n":[1e3,-0,{"x":0.10}],"s":"1.50 \\"2.0","in":{"id":9007199254740993},"plain":1.5,"t":true,"z":null,"e":{},"l":[],"__proto__":2.0}';
    expect(parseLine(line).fields.map(({ path, value }) => [path, value])).toEqual([
      ['big', '12345678901234567890'],
      ['f', '1.50'],
      ['n', '[1e3,-0,{"x":0.10}]'],
      ['s', '1.50 "2.0'],
      ['in.id', '9007199254740993'],
      ['plain', '1.5'],
      ['t', 'true'],
      ['z', 'null'],
      ['l', '[]'],
      ['__proto__', '2.0'],
    ]);
    expect(prettyLine('{"big":12345678901234567890, "n":[1.50,{"a":-0}],"e":{},"l":[ ]}')).toBe('{\n  "big": 12345678901234567890,\n  "n": [\n    1.50,\n    {\n      "a": -0\n    }\n  ],\n  "e": {},\n  "l": []\n}');
    const row = { unixNanos: '1', timestampMs: 0, line: '{"f":1.50}', stream: { a: 'b' }, metadata: {}, parsed: {} } as unknown as LogRow;
    expect(recordJson(row)).toBe('{\n  "time": "1970-01-01T00:00:00.000Z",\n  "unixNanos": "1",\n  "stream": {\n    "a": "b"\n  },\n  "line": {\n    "f": 1.50\n  }\n}');
  });

  it('writes JSON with and without such numbers as JSON.stringify does', () => {
    const value = { a: [1, 'x\n"\u2028', { b: null, c: [[], {}] }], 'k"ey': false, '2': -1e21 };
    expect(prettyLine(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
    expect(prettyLine(JSON.stringify({ ...value, f: 0.5 }))).toBe(JSON.stringify({ ...value, f: 0.5 }, null, 2));
  });

  it.each([2000, 100_000])('leaves what is nested %i deep as it is', (depth) => {
    const line = '{"f":1.50,"a":'.repeat(depth) + '1' + '}'.repeat(depth);
    expect(prettyLine(line)).toBe(line);
    expect(parseLine(line).format).toBe('json');
  });

  it('indents JSON only', () => {
    expect(prettyLine('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(prettyLine('a=1')).toBe('a=1');
  });
});
