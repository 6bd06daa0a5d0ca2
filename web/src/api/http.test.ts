import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, errorOf, getJson, positionIn } from './http';
import { labelValues, queryRange } from './prometheus';

function answer(status: number, body: string, statusText = '') {
  const fetched = vi.fn<typeof fetch>(() => Promise.resolve(new Response(body, { status, statusText })));
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

afterEach(() => vi.unstubAllGlobals());

describe('getJson', () => {
  it('leaves out undefined parameters and repeats lists', async () => {
    const fetched = answer(200, '{"a":1}');
    expect(await getJson('/x', { q: 'a b', none: undefined, 'match[]': ['up', 'x'] })).toEqual({ a: 1 });
    expect(fetched.mock.calls[0]![0]).toBe('/x?q=a+b&match%5B%5D=up&match%5B%5D=x');
  });

  it('sends long parameters as a form where that is allowed, and only there', async () => {
    const long = 'x'.repeat(3000);
    const fetched = answer(200, '{}');
    await getJson('/x', { q: long }, {}, true);
    expect(fetched.mock.calls[0]![0]).toBe('/x');
    expect(fetched.mock.calls[0]![1]).toMatchObject({ method: 'POST' });
    await getJson('/x', { q: long });
    expect(fetched.mock.calls[1]![1]?.method).toBeUndefined();
  });

  it('says so when nothing answers', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(getJson('/x')).rejects.toMatchObject({ kind: 'unreachable', status: 0 });
  });

  it('passes on that it was stopped', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new DOMException('stopped', 'AbortError')));
    await expect(getJson('/x')).rejects.not.toBeInstanceOf(ApiError);
  });

  it('says so when the answer is not JSON', async () => {
    answer(200, '<html>router</html>');
    await expect(getJson('/x')).rejects.toThrow('not JSON');
  });
});

describe('errorOf', () => {
  it('reads Prometheus errors with their kind and position', () => {
    const error = errorOf(400, 'Bad Request', '{"status":"error","errorType":"bad_data","error":"invalid parameter \\"query\\": 1:5: parse error: x"}');
    expect(error).toMatchObject({ status: 400, kind: 'bad_data', message: 'invalid parameter "query": 1:5: parse error: x', position: { line: 1, column: 5 } });
  });

  it('reads plain text as Loki and Tempo send it', () => {
    expect(errorOf(400, '', 'parse error at line 2, col 13: syntax error\n')).toMatchObject({ message: 'parse error at line 2, col 13: syntax error', position: { line: 2, column: 13 }, kind: 'http' });
  });

  it('reads {message}', () => expect(errorOf(429, '', '{"message":"too many"}').message).toBe('too many'));

  it.each(['', '<!doctype html><p>bad gateway'])('names the status when the body says nothing: “%s”', (body) => {
    expect(errorOf(502, 'Bad Gateway', body).message).toBe('The server answered 502 Bad Gateway.');
  });

  it('cuts off endless texts', () => expect(errorOf(500, '', 'x'.repeat(10_000)).message.length).toBeLessThan(2100));
});

describe('positionIn', () => {
  it.each([
    ['1:5: parse error', { line: 1, column: 5 }],
    ['something (2:17)', { line: 2, column: 17 }],
    ['line 3, column 4', { line: 3, column: 4 }],
    ['dial 10.0.0.1:9090 refused', null],
    ['at 12:34:56 it failed', null],
    ['no position', null],
  ])('finds in “%s” %j', (message, position) => expect(positionIn(message)).toEqual(position));
});

describe('the Prometheus client', () => {
  it('sends times in seconds', async () => {
    const fetched = answer(200, '{"status":"success","data":{"resultType":"matrix","result":[]},"warnings":["w"]}');
    const found = await queryRange({ query: 'up', startMs: 1500, endMs: 3000, stepSeconds: 15 });
    expect(fetched.mock.calls[0]![0]).toBe('/api/v1/query_range?query=up&start=1.5&end=3&step=15');
    expect(found.warnings).toEqual(['w']);
  });

  it('escapes label names in paths', async () => {
    const fetched = answer(200, '{"status":"success","data":["a"]}');
    expect(await labelValues('a/b')).toEqual(['a']);
    expect(fetched.mock.calls[0]![0]).toBe('/api/v1/label/a%2Fb/values');
  });

  it('refuses an answer without data', async () => {
    answer(200, '{"status":"success"}');
    await expect(labelValues('a')).rejects.toThrow('holds no data');
  });
});
