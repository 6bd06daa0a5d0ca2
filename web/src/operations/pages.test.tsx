// @vitest-environment jsdom
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { renderPage } from '../testing/renderPage';
import CostPage from './CostPage';
import StatusPage from './StatusPage';
import StoragePage from './StoragePage';
import TargetsPage from './TargetsPage';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** Spaces of any kind as plain ones. */
const textOf = (element: Element) => element.textContent.replaceAll(/\s/g, ' ');

/** The text of a panel once what it shows is there. */
async function panelText(name: string): Promise<string> {
  const found = await screen.findByRole('region', { name });
  await waitFor(() => {
    expect(found.getAttribute('aria-busy')).toBe('false');
  });
  return textOf(found);
}

describe('targets', () => {
  const TARGET = {
    job: 'node', url: 'http://a:9100/metrics', labels: { job: 'node', instance: 'a:9100' }, discoveredLabels: { __address__: 'a:9100' }, health: 'down', lastError: 'connection refused', lastScrapeUnixMs: 1, lastDurationMs: 3,
    intervalMs: 15_000, timeoutMs: 10_000, samplesScraped: 0, samplesKept: 0, seriesAdded: 0,
  };
  const FILE = { path: '/var/log/app.log', offsetBytes: 1024, sizeBytes: 3072, lastReadUnixMs: null, lostSinceUnixMs: null };

  it('say why one is down, and how far a file was read', async () => {
    renderPage(TargetsPage, '/operations/targets', '/operations/targets', () => ({ targets: [TARGET], files: [FILE], followsFiles: true, maxFiles: 2000 }));
    const row = (await screen.findByText('http://a:9100/metrics')).closest('tr')!;
    expect(textOf(row)).toContain('connection refused');
    expect(within(row).getByText('instance=a:9100').parentElement!.title).toBe('Before relabelling: __address__="a:9100"');
    expect(await panelText('Targets')).toContain('1 of 1 down');
    expect(textOf((await screen.findByText('/var/log/app.log')).closest('tr')!)).toContain('1 KiB2 KiB');
  });

  it('say how to have some where there are none', async () => {
    renderPage(TargetsPage, '/operations/targets', '/operations/targets', () => ({ targets: [], files: [], followsFiles: false, maxFiles: 2000 }));
    expect(await panelText('Targets')).toContain('scrape_configs:');
    expect(await panelText('Followed files')).toContain('tail:');
  });
});

const HEAD = {
  memoryBytes: 1024, flushAtBytes: 4096, maxBytes: 8192, waiting: 0, isFlushing: false, oldestUnixMs: null, flushDueUnixMs: null, walBytes: 0, walQueuedBytes: 0, walSegment: 1, whyRefusing: null, lastFlush: null, lastFailure: null,
};
const STORED = {
  blocks: 0, rows: 0, bytes: 0, oldestUnixMs: null, newestUnixMs: null, levels: [], pendingMerges: 0, pendingMergeBytes: 0, runningMerges: [], replay: { done: true, records: 0, bytesDone: 0, bytesTotal: 0 }, unflushed: HEAD,
  retention: { timeMs: 86_400_000, sizeBytes: null, rules: [] }, nextExpiryUnixMs: null, soon: [],
};
const STORAGE = {
  signals: { metrics: STORED, logs: STORED, traces: STORED }, blockBytes: 0, otherBytes: 0, foreignBytes: 0, diskBudgetBytes: null, freeBytes: null, quarantined: [], waitingAfterFailure: 0, pendingDeletions: 0, soonMs: 86_400_000, tenants: [],
};

describe('storage', () => {
  it('says what refuses to take more, what goes next and why, and rules', async () => {
    const logs = {
      ...STORED, blocks: 3, bytes: 3072, unflushed: { ...HEAD, whyRefusing: 'the disk is full' }, soon: [{ reason: 'size', blocks: 1, bytes: 1024 }],
      retention: { timeMs: null, sizeBytes: 2048, rules: [{ selector: '{app="x"}', timeMs: 3 * 86_400_000, sizeBytes: null }] },
    };
    renderPage(StoragePage, '/operations/storage', '/operations/storage', (path) => (path.endsWith('/deletions') ? { deletions: [] } : { ...STORAGE, signals: { ...STORAGE.signals, logs } }));
    expect(await panelText('Stored')).toContain('for ever, at most 2 KiB');
    expect(await panelText('Stored')).toContain('within 1 d 1 block (1 KiB) for their size');
    expect(screen.getByText('{app="x"}').closest('tr')!.textContent).toContain('3\u00a0d');
    expect(await panelText('Not in blocks yet')).toContain('takes nothing: the disk is full');
    expect(screen.queryByRole('region', { name: 'Damaged blocks' })).toBeNull();
  });
});

describe('status', () => {
  it('names parts that fail, and who holds memory', async () => {
    const status = {
      version: '1.2.3', revision: 'abc', startedUnixMs: 1, uptimeMs: 60_000, host: 'h', process: 1, runtime: 'r', system: 's', architecture: 'x64', processors: 2, cpuMs: 12_000, threads: 3, residentBytes: 1024, heapBytes: 512,
      availableBytes: 4096, memory: [{ name: 'queries', usedBytes: 1900, limitBytes: 2000, setting: 'query.max_total_memory' }], parts: [{ name: 'traces', state: 'failing', detail: 'No space left on device' }],
    };
    renderPage(StatusPage, '/operations/status', '/operations/status', (path) =>
      path.endsWith('/server') ? status : path.endsWith('/config') ? { status: 'success', data: { yaml: 'listen:\n  ui_port: 3000\n' } } : { status: 'success', data: { 'query.timeout': '2m' } },
    );
    expect(textOf(await screen.findByRole('row', { name: /traces/ }))).toMatch(/Failing ?No space left on device/);
    expect(screen.getByRole('meter', { name: 'Memory of queries' }).dataset['level']).toBe('full');
    expect(await panelText('Server')).toContain('10 %');
    expect(await panelText('Configuration')).toContain('ui_port: 3000');
    expect(await panelText('Flags')).toContain('query.timeout');
  });
});

describe('cost', () => {
  it('shows what makes series and what a line costs, and what could be dropped', async () => {
    const use = { tenant: 'default', signal: 'logs', blocks: 1, rows: 100, bytes: 3000, oldestUnixMs: 1, newestUnixMs: 2 };
    const top = (name: string, value: number) => [{ name, value }];
    renderPage(CostPage, '/operations/cost', '/operations/cost', (path) => {
      if (path.endsWith('/storage')) return { ...STORAGE, blockBytes: 3000, tenants: [use] };
      if (path.endsWith('/streams')) return { streams: 2, labelNames: 1, labels: [{ name: 'app', values: 2, streams: 2 }], pairs: [{ name: 'app', value: 'x', streams: 1 }], warnings: [] };
      if (path.endsWith('/tsdb/blocks')) return { status: 'success', data: { blocks: [] } };
      if (path === '/api/metrics/query') return { series: [{ labels: [{ key: 'resource.service.name', value: { stringValue: 'shop' } }], value: 7 }] };
      if (!path.endsWith('/tsdb')) return undefined;
      return {
        status: 'success',
        data: {
          headStats: { numSeries: 1000, numLabelPairs: 10, chunkCount: 1 }, seriesCountByMetricName: top('load', 900), labelValueCountByLabelName: top('pod_uid', 900), memoryInBytesByLabelName: [],
          seriesCountByLabelValuePair: top('job=shop', 1000),
        },
      };
    });
    expect(await panelText('What could be dropped')).toContain('Label pod_uid of metrics');
    expect((await screen.findByRole('link', { name: 'load' })).getAttribute('href')).toContain('/explore/metrics?q=count(load)');
    expect((await screen.findByRole('link', { name: 'shop' })).getAttribute('href')).toContain('/service/shop');
    await screen.findByText('30 B/line');
  });
});
