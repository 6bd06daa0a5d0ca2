import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LogRow } from '../query/lokiAnswer';
import { fetchContext, MOST_OF_MOMENT } from './contextApi';

afterEach(() => vi.unstubAllGlobals());

const T = 1_800_000_000_000_000_000n;
const ROW: LogRow = { unixNanos: String(T), timestampMs: Number(T / 1_000_000n), line: 'line 5', stream: { app: 'a"b', host: 'h' }, metadata: {}, parsed: {}, level: 'info' };

type Stored = [bigint, string, Record<string, string>?];

/** Lines one nanosecond apart, of which two share the row's moment. */
const APART: Stored[] = [...Array.from({ length: 11 }, (_, i): Stored => [T + BigInt(i - 5), `line ${i}`]), [T, 'its twin']];

/** A server with one stream of lines, in the order in which they arrived. */
function serve(lines: Stored[] = APART): URLSearchParams[] {
  const asked: URLSearchParams[] = [];
  vi.stubGlobal('fetch', (input: string) => {
    const params = new URL(input, 'http://t').searchParams;
    asked.push(params);
    const [start, end] = [BigInt(params.get('start')!), BigInt(params.get('end')!)];
    const found = lines.filter(([at]) => at >= start && at < end).sort((a, b) => Number(a[0] - b[0]));
    if (params.get('direction') === 'backward') found.reverse();
    const values = found.slice(0, Number(params.get('limit'))).map(([at, line, structuredMetadata]) => [String(at), line, { structuredMetadata }]);
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
    expect(asked.map((params) => params.get('query'))).toEqual(Array(3).fill('{app="a\\"b", host="h"}'));
    expect(texts(context.before)).toEqual(['line 2', 'line 3', 'line 4']);
    expect(texts(context.after)).toEqual(['its twin', 'line 6']);
    expect(context).toMatchObject({ hasMoreBefore: true, hasMoreAfter: true, note: null });
  });
  it('end where the stream does', async () => {
    serve();
    const context = await fetchContext(ROW, 50, 50, signal);
    expect(context.before).toHaveLength(5);
    expect(context.after).toHaveLength(6);
    expect(context).toMatchObject({ hasMoreBefore: false, hasMoreAfter: false });
  });

  const tie = (count: number, offset = 0n) => Array.from({ length: count }, (_, i): Stored => [T + offset, `line ${i}`]);
  it.each([
    [20, ['line 18', 'line 19'], ['line 21', 'line 22'], true, true],
    [0, [], ['line 1', 'line 2'], false, true],
    [39, ['line 37', 'line 38'], [], true, false],
  ])('are in the order of arrival where all share one time: of line %i', async (i, before, after, hasMoreBefore, hasMoreAfter) => {
    serve(tie(40));
    const context = await fetchContext({ ...ROW, line: `line ${i}` }, 2, 2, signal);
    expect([texts(context.before), texts(context.after)]).toEqual([before, after]);
    expect(context).toMatchObject({ hasMoreBefore, hasMoreAfter, note: null });
  });
  it('keep the order of arrival in a moment beside its own', async () => {
    serve([...tie(3, -1n), [T, 'own'], ...tie(3, 1n)]);
    const context = await fetchContext({ ...ROW, line: 'own' }, 5, 5, signal);
    expect([texts(context.before), texts(context.after)]).toEqual([['line 0', 'line 1', 'line 2'], ['line 0', 'line 1', 'line 2']]);
  });
  it('tell equal lines apart by their metadata', async () => {
    serve([[T, 'same', { span: 'a' }], [T, 'same', { span: 'b' }], [T, 'same', { span: 'c' }]]);
    const context = await fetchContext({ ...ROW, line: 'same', metadata: { span: 'b' } }, 5, 5, signal);
    expect(context.before.map(({ metadata }) => metadata)).toEqual([{ span: 'a' }]);
    expect(context.after.map(({ metadata }) => metadata)).toEqual([{ span: 'c' }]);
  });
  it('say so where the place of the line is not known', async () => {
    serve(tie(3));
    const context = await fetchContext({ ...ROW, line: 'made by line_format' }, 5, 5, signal);
    expect(texts(context.before)).toEqual(['line 0', 'line 1', 'line 2']);
    expect(context.note).toMatch(/place .* is not known/);
    serve([[T, 'as it came']]);
    expect(await fetchContext({ ...ROW, line: 'made by line_format' }, 5, 5, signal)).toMatchObject({ before: [], after: [], note: null });
  });
  it('are bounded where a moment has very many', async () => {
    const asked = serve(tie(1500));
    const context = await fetchContext({ ...ROW, line: 'line 5' }, 2, 2, signal);
    expect(Math.max(...asked.map((params) => Number(params.get('limit'))))).toBe(MOST_OF_MOMENT + 1);
    expect([texts(context.before), texts(context.after)]).toEqual([['line 3', 'line 4'], ['line 6', 'line 7']]);
    expect(context.note).toMatch(/More than 1.000 lines/);
  });
});
