import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LogRow } from '../query/lokiAnswer';
import { fetchContext } from './contextApi';

afterEach(() => vi.unstubAllGlobals());

const T = 1_800_000_000_000_000_000n;
const ROW: LogRow = { unixNanos: String(T), timestampMs: Number(T / 1_000_000n), line: 'line 5', stream: { app: 'a"b', host: 'h' }, metadata: {}, parsed: {}, level: 'info' };

/** A server with one stream of lines one nanosecond apart, of which two share the row's moment. */
function serve(): URLSearchParams[] {
  const asked: URLSearchParams[] = [];
  const lines = [...Array.from({ length: 11 }, (_, i): [bigint, string] => [T + BigInt(i - 5), `line ${i}`]), [T, 'its twin'] as [bigint, string]];
  vi.stubGlobal('fetch', (input: string) => {
    const params = new URL(input, 'http://t').searchParams;
    asked.push(params);
    const [start, end] = [BigInt(params.get('start')!), BigInt(params.get('end')!)];
    const found = lines.filter(([at]) => at >= start && at < end).sort((a, b) => Number(a[0] - b[0]));
    if (params.get('direction') === 'backward') found.reverse();
    const values = found.slice(0, Number(params.get('limit'))).map(([at, line]) => [String(at), line]);
    return Promise.resolve(new Response(JSON.stringify({ status: 'success', data: { resultType: 'streams', result: [{ stream: ROW.stream, values }] } })));
  });
  return asked;
}

const signal = new AbortController().signal;
const texts = (rows: LogRow[]) => rows.map(({ line }) => line);

describe('the lines around a line', () => {
  it('are those of its stream on both sides, oldest first, without itself', async () => {
    const asked = serve();
    const context = await fetchContext(ROW, 3, 2, signal);
    expect(asked.map((params) => params.get('query'))).toEqual(['{app="a\\"b", host="h"}', '{app="a\\"b", host="h"}']);
    expect(texts(context.before)).toEqual(['line 3', 'line 4', 'its twin']);
    expect(texts(context.after)).toEqual(['line 6', 'line 7']);
    expect(context).toMatchObject({ hasMoreBefore: true, hasMoreAfter: true });
  });
  it('end where the stream does', async () => {
    serve();
    const context = await fetchContext(ROW, 50, 50, signal);
    expect(context.before).toHaveLength(6);
    expect(context.after).toHaveLength(5);
    expect(context).toMatchObject({ hasMoreBefore: false, hasMoreAfter: false });
  });
});
