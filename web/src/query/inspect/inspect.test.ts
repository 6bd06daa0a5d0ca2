import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { getJson, MOST_KEPT_CHARS } from '../../api/http';
import type { Exchange } from '../../api/http';
import { curlOf } from './curl';
import { prometheusStatistics, statisticsOf } from './statistics';

afterEach(() => vi.unstubAllGlobals());

async function exchangeOf(body: string, status: number, params: Record<string, string>): Promise<Exchange> {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, { status })));
  const told: Exchange[] = [];
  await getJson('/loki/api/v1/query_range', params, { onExchange: (one) => told.push(one) }, true).catch(() => undefined);
  expect(told).toHaveLength(1);
  return told[0]!;
}

describe('an exchange', () => {
  it('tells the request and the size of the answer in bytes', async () => {
    expect(await exchangeOf('{"a":"ä"}', 200, { query: 'up' })).toMatchObject({ method: 'GET', address: '/loki/api/v1/query_range?query=up', status: 200, sizeBytes: 10, answer: '{"a":"ä"}', isCut: false });
  });
  it('is told of a refused query, too, and is with the error', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('parse error', { status: 400 })));
    await expect(getJson('/x', {}, { onExchange: () => undefined })).rejects.toMatchObject({ status: 400, exchange: { status: 400, answer: 'parse error' } });
  });
  it('keeps the beginning of a long answer only', async () => {
    const told = await exchangeOf(`"${'x'.repeat(MOST_KEPT_CHARS)}"`, 200, { query: 'y'.repeat(3000) });
    expect(told).toMatchObject({ isCut: true, method: 'POST', sizeBytes: MOST_KEPT_CHARS + 2 });
    expect(told.answer).toHaveLength(MOST_KEPT_CHARS);
  });
});

describe('the command', () => {
  const query = `{a="it's $HOME \`x\` \\"} |= "100% & + ä"\n| json`;
  it.each(['GET', 'POST'] as const)('asks the same by %s, whatever the query holds', (method) => {
    const form = new URLSearchParams({ query, limit: '10' }).toString();
    const command = curlOf({ method, address: method === 'GET' ? `/q?${form}` : '/q', body: method === 'GET' ? null : form, headers: { Accept: 'x', 'X-Flag': "a'b" } }, 'http://h:1');
    // A shell reads the command; in the place of curl stands what prints its arguments.
    const printed = execFileSync('sh', ['-c', `curl() { for a in "$@"; do printf '%s\\0' "$a"; done; }; ${command}`]).toString().split('\0');
    expect(printed).toEqual(['-sS', ...(method === 'GET' ? ['-G'] : []), 'http://h:1/q', '-H', "X-Flag: a'b", '--data-urlencode', `query=${query}`, '--data-urlencode', 'limit=10', '']);
  });
});

describe('statistics', () => {
  it('are in our words and units, unknown ones under their own, zeros of unknown ones left out', () => {
    expect(statisticsOf({ strange: 7, splits: 0, totalBytesProcessed: 2048, execTime: 0.0125, totalLinesProcessed: 0 })).toEqual([
      { key: 'execTime', name: 'Evaluated in', value: '12.5\u00a0ms' },
      { key: 'totalLinesProcessed', name: 'Lines scanned', value: '0' },
      { key: 'totalBytesProcessed', name: 'Bytes scanned', value: expect.stringContaining('2') },
      { key: 'strange', name: 'strange', value: '7' },
    ]);
  });
  it("read Tempo's numbers, which are texts", () => expect(statisticsOf({ inspectedBytes: '1000000', inspectedSpans: '42' }).map((s) => s.name)).toEqual(['Spans looked at', 'Bytes scanned']));
  it("leave out Prometheus' steps and times that nobody measures", () => {
    expect(prometheusStatistics({ timings: { execTotalTime: 0.001, resultSortTime: 0 }, samples: { samplesRead: 5, totalQueryableSamplesPerStep: [[0, 1]] } }).map((s) => s.key)).toEqual(['execTotalTime', 'samplesRead']);
  });
  it('are none where nothing is told', () => expect(prometheusStatistics(undefined)).toEqual([]));
});
