// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EMPTY_MATRIX, renderPage, vectorAnswer } from '../../testing/renderPage';
import { ServicesPanel } from './ServicesPanel';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** Answers as of a server that knows as many services, the later ones with more errors. */
const open = (count: number) =>
  renderPage(ServicesPanel, '/', '/?from=now-3h', (path, params) => {
    const query = params.get('query') ?? '';
    if (path === '/api/v1/query_range') return EMPTY_MATRIX;
    if (path === '/loki/api/v1/query') return vectorAnswer([]);
    if (path !== '/api/v1/query') return undefined;
    return vectorAnswer(Array.from({ length: count }, (_, i) => ({ labels: { service: `s${i}` }, value: query.includes('latency') ? 0.1 : query.includes('ERROR') ? i : 100 })));
  });

describe('the services on the home page', () => {
  it('are those that are worst, each a click from its page', async () => {
    open(20);
    await screen.findByRole('link', { name: 's19' });
    const links = screen.getAllByRole('row').slice(1).map((row) => row.querySelector('a')!);
    expect(links.map((link) => link.textContent)).toEqual(Array.from({ length: 12 }, (_, i) => `s${19 - i}`));
    expect(links[0]!.getAttribute('href')).toBe('/service/s19?from=now-3h');
    expect(screen.getByRole('link', { name: 'all 20' }).getAttribute('href')).toBe('/service?from=now-3h');
    expect(screen.getAllByRole('row')[1]!.textContent!.replace(/\u00a0/g, ' ')).toBe('s19100 /s19 %100 ms');
  });

  it('say how the first one comes', async () => {
    open(0);
    expect(await screen.findByText('No service in this time range')).toBeTruthy();
  });
});
