// @vitest-environment jsdom
import { act, cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { renderPage } from '../testing/renderPage';
import QueriesPage from './QueriesPage';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const RUNNING = {
  id: '0199a0c2-7b1e-7c00-8000-000000000001', language: 'promql', api: 'GET /api/v1/query_range', text: 'sum(rate(load[5m]))', textIsCut: false, tenant: 'shop', startUnixMs: 0, endUnixMs: 3_600_000, stepMs: 15_000,
  startedUnixMs: 1, elapsedMs: 4200, waitedMs: 0, timeoutMs: 120_000, state: 'running', bytesRead: 2048, rowsRead: 1000, memoryBytes: 1024, peakMemoryBytes: 2048, remoteAddress: '10.0.0.7', userAgent: 'Grafana/12.1.0',
};
const list = (queries: unknown[]) => ({ queries, total: queries.length, running: queries.length, slots: 20, memoryBytes: 1024, memoryLimitBytes: 2 ** 30 });

test('A query is shown with who asks it, and the button stops it', async () => {
  let queries: unknown[] = [RUNNING];
  renderPage(QueriesPage, '/operations/queries', '/operations/queries', (path) => (path === '/api/triptych/v1/queries' ? list(queries) : undefined));
  const answers = globalThis.fetch;
  const deleted: string[] = [];
  vi.stubGlobal('fetch', (input: string, init?: RequestInit) => {
    if (init?.method !== 'DELETE') return answers(input, init);
    deleted.push(input);
    queries = [];
    return Promise.resolve(new Response(null, { status: 204 }));
  });
  await screen.findByText('sum(rate(load[5m]))');
  const row = screen.getByText('sum(rate(load[5m]))').closest('tr')!;
  expect(row.textContent.replaceAll(/\s/g, ' ')).toMatch(/Running4\.2 s.*PromQL · 1 h by 15 s · Grafana 12\.1\.0 at 10\.0\.0\.7.*tenant shop/);
  await act(async () => fireEvent.click(screen.getByRole('button', { name: 'Stop sum(rate(load[5m]))' })));
  expect(deleted).toEqual([`/api/triptych/v1/queries/${RUNNING.id}`]);
  await waitFor(() => expect(screen.getByText(/No query is running/)).toBeDefined());
});

test('With no query running the page says what stands here', async () => {
  renderPage(QueriesPage, '/operations/queries', '/operations/queries', (path) => (path === '/api/triptych/v1/queries' ? list([]) : undefined));
  expect(await screen.findByText(/No query is running/)).toBeDefined();
});

test('Where the list cannot be had the page says why', async () => {
  renderPage(QueriesPage, '/operations/queries', '/operations/queries', () => undefined);
  expect((await screen.findByRole('alert')).textContent).toContain('not found');
});
