// @vitest-environment jsdom
import { cleanup, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { renderPage } from '../testing/renderPage';
import { PriceTag } from './PriceTag';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const PRICE = { language: 'promql', scans: 1, blocks: 1, blockBytes: 4096, readBytes: 2048, series: 3, items: 'samples', rows: 900, memorySeries: 0, memoryRows: 0, unopenedBlocks: 0, notes: [] };

test('A query has its price, asked for over the whole range', async () => {
  const asked: URLSearchParams[] = [];
  renderPage(
    () => <PriceTag language="promql" query=" load " startMs={60_000} endMs={120_000} />,
    '/',
    '/',
    (path, params) => {
      if (path !== '/api/triptych/v1/query/price') return undefined;
      asked.push(params);
      return PRICE;
    },
  );
  expect((await screen.findByText(/reads ≤/)).title).toContain('of 1 blocks');
  expect(Object.fromEntries(asked[0]!)).toEqual({ language: 'promql', query: 'load', start: '60', end: '120', step: '120ms' });
});

test('A query that has no price says why in its hint, and nothing louder', async () => {
  renderPage(() => <PriceTag language="logql" query="{" startMs={0} endMs={1} />, '/', '/', () => undefined);
  await waitFor(() => expect(screen.getByText('no price').title).toBe('No price: not found'));
  expect(screen.queryByRole('alert')).toBeNull();
});

test('Nothing is asked before anything is typed', async () => {
  let count = 0;
  const { container } = renderPage(() => <PriceTag language="promql" query="  " startMs={0} endMs={1} />, '/', '/', () => {
    count++;
    return PRICE;
  });
  await waitFor(() => expect(container.querySelector('span')).not.toBeNull());
  expect(count).toBe(0);
  expect(container.querySelector('span')!.textContent).toBe('');
});
