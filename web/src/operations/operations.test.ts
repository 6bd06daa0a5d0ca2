import { describe, expect, it } from 'vitest';
import type { Price, ScrapeTarget, SeriesStatus } from '../api/operations';
import { priceText, priceTitle, isDear } from '../query/price';
import { ideas } from './ideas';
import { clientOf, rangeOf, textOf } from './queryRows';
import { keptText, soonText } from './storageText';
import { labelText, targetRows } from './targetRows';

/** Spaces of any kind as plain ones. */
const plain = (text: string) => text.replaceAll(/\s/g, ' ');

describe('running queries', () => {
  it('have their path where they have no text', () => {
    expect(textOf({ text: '', textIsCut: false, api: 'GET /api/v1/labels' })).toBe('GET /api/v1/labels');
    expect(textOf({ text: 'up', textIsCut: true, api: 'GET /api/v1/query' })).toBe('up …');
  });

  it.each([
    [{ startUnixMs: null, endUnixMs: null, stepMs: null }, 'all times'],
    [{ startUnixMs: 5, endUnixMs: 5, stepMs: null }, 'one time'],
    [{ startUnixMs: 0, endUnixMs: 3_600_000, stepMs: null }, '1 h'],
    [{ startUnixMs: 0, endUnixMs: 3_600_000, stepMs: 15_000 }, '1 h by 15 s'],
  ])('say their range: %j is %s', (range, text) => expect(plain(rangeOf(range))).toBe(text));

  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36', 'Chrome 139'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox 140'],
    ['Grafana/12.1.0', 'Grafana 12.1.0'],
    ['', 'unnamed client'],
  ])('name their client: %s is %s', (agent, name) => expect(clientOf(agent)).toBe(name));
});

describe('targets', () => {
  const target = (job: string, url: string, health: ScrapeTarget['health']) => ({ job, url, health }) as ScrapeTarget;
  it('are grouped by job, what is down first', () => {
    const rows = targetRows([target('a', '1', 'up'), target('b', '2', 'up'), target('b', '3', 'down'), target('c', '4', 'unknown')]);
    expect(rows.map(({ job, rows: own }) => [job, ...own.map(({ url }) => url)])).toEqual([['b', '3', '2'], ['c', '4'], ['a', '1']]);
  });
  it('have their labels in order', () => expect(labelText({ job: 'x', instance: 'y' })).toBe('instance="y", job="x"'));
});

describe('storage', () => {
  it('says how long and how much is kept', () => {
    expect(plain(keptText({ timeMs: 15 * 86_400_000, sizeBytes: null }))).toBe('15 d');
    expect(plain(keptText({ timeMs: null, sizeBytes: 2 ** 30 }))).toBe('for ever, at most 1 GiB');
  });
  it('says what goes soon, and why', () => {
    expect(plain(soonText([{ reason: 'time', blocks: 1, bytes: 2 ** 20 }, { reason: 'disk_budget', blocks: 3, bytes: 2 ** 30 }]))).toBe('1 block (1 MiB) by age, 3 blocks (1 GiB) for the disk budget');
  });
});

describe('ideas of what to drop', () => {
  const status = (numSeries: number, more: Partial<SeriesStatus>): SeriesStatus => ({
    headStats: { numSeries, numLabelPairs: 0, chunkCount: 0 },
    seriesCountByMetricName: [],
    labelValueCountByLabelName: [],
    memoryInBytesByLabelName: [],
    seriesCountByLabelValuePair: [],
    ...more,
  });

  it('names labels that nearly each series has a value of its own of, but for those of targets', () => {
    const found = ideas(status(1000, { labelValueCountByLabelName: [{ name: 'pod_uid', value: 900 }, { name: 'instance', value: 800 }, { name: 'route', value: 40 }] }), undefined);
    expect(found.map(({ text }) => text)).toEqual(['Label pod_uid of metrics']);
  });

  it('names metrics that are a large part of all', () => {
    const found = ideas(status(10_000, { seriesCountByMetricName: [{ name: 'buckets', value: 4000 }, { name: 'up', value: 900 }] }), undefined);
    expect(found.map(({ text }) => text)).toEqual(['Metric buckets']);
    expect(plain(found[0]!.why)).toContain('40 % of all series');
  });

  it('names labels of streams that are ids', () => {
    const streams = { streams: 400, labelNames: 2, labels: [{ name: 'request_id', values: 390, streams: 400 }, { name: 'app', values: 20, streams: 400 }], pairs: [], warnings: [] };
    expect(ideas(status(10, {}), streams).map(({ key }) => key)).toEqual(['stream request_id']);
  });

  it('has none where there is little', () => expect(ideas(status(50, { labelValueCountByLabelName: [{ name: 'pod', value: 50 }] }), undefined)).toEqual([]));
});

describe('prices', () => {
  const price: Price = {
    language: 'promql', scans: 1, blocks: 2, blockBytes: 4096, readBytes: 2048, series: 3, items: 'samples', rows: 900, memorySeries: 3, memoryRows: 300, unopenedBlocks: 0, notes: ['info() is more'],
  };
  it('are a few words, and all of it in the hint', () => {
    expect(plain(priceText(price))).toBe('reads ≤ 2 KiB, 3 series, ≤ 1.2 k samples');
    expect(plain(priceTitle(price))).toContain('2 KiB of 2 blocks (4 KiB as a whole), 900 samples in memory: 3 series, 300 samples info() is more');
    expect(isDear(price)).toBe(false);
    expect(isDear({ ...price, readBytes: 2 ** 30 })).toBe(true);
  });
  it('say where all is in memory, and where there is nothing', () => {
    expect(plain(priceText({ ...price, blocks: 0, readBytes: 0, rows: 0 }))).toBe('in memory, 3 series, ≤ 300 samples');
    expect(priceText({ ...price, blocks: 0, series: 0, readBytes: 0, rows: 0, memoryRows: 0 })).toBe('finds nothing in this range');
    expect(priceText({ ...price, scans: 0 })).toBe('reads nothing');
    expect(plain(priceText({ ...price, items: 'spans', series: 0 }))).toBe('reads ≤ 2 KiB, ≤ 1.2 k spans');
  });
});
