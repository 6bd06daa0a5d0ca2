// @vitest-environment jsdom
import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EMPTY_MATRIX, renderPage, vectorAnswer } from '../../testing/renderPage';
import type { Answers } from '../../testing/renderPage';
import { statusOf } from '../../testing/status';
import ServicesPage, { readOrder } from './ServicesPage';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const RATES = { calm: 10, failing: 4, busy: 90 };
const FAILED = { failing: 1 };

/** Answers as of a server that knows three services. */
const shop: Answers = (path, params) => {
  const query = params.get('query') ?? '';
  const by = (values: Record<string, number>) => vectorAnswer(Object.entries(values).map(([service, value]) => ({ labels: { service }, value })));
  if (path.endsWith('/status/sources')) return statusOf({});
  if (path === '/loki/api/v1/query') return vectorAnswer([{ labels: { service_name: 'calm' }, value: 3 }]);
  if (path === '/api/v1/query_range') return EMPTY_MATRIX;
  if (path !== '/api/v1/query') return undefined;
  if (query.includes('latency')) return by({ calm: 0.1, failing: 0.2, busy: 0.3 });
  return by(query.includes('STATUS_CODE_ERROR') ? FAILED : RATES);
};

const nobody: Answers = (path, params) => (path === '/api/v1/query' ? vectorAnswer([]) : shop(path, params));
const namesShown = () => screen.getAllByRole('row').slice(1).map((row) => row.querySelector('a')!.textContent);

describe('the list of services', () => {
  it('puts the worst first, with its figures', async () => {
    renderPage(ServicesPage, '/service', '/service', shop);
    await screen.findByRole('link', { name: 'failing' });
    expect(namesShown()).toEqual(['failing', 'busy', 'calm']);
    expect(screen.getAllByRole('row')[1]!.textContent!.replace(/\u00a0/g, ' ')).toMatch(/failing4 \/s25 %200 ms200 ms200 ms–/);
  });

  it('sorts by a column, and the other way round by a second click; the address has it', async () => {
    const { router } = renderPage(ServicesPage, '/service', '/service', shop);
    await userEvent.click(await screen.findByRole('button', { name: /^Rate/ }));
    await waitFor(() => expect(namesShown()).toEqual(['busy', 'calm', 'failing']));
    await userEvent.click(screen.getByRole('button', { name: /^Rate/ }));
    await waitFor(() => expect(namesShown()).toEqual(['failing', 'calm', 'busy']));
    expect(router.state.location.searchStr).toBe('?sort=-rate');
  });

  it('finds by name, and is walked by keys from the field on', async () => {
    const { router } = renderPage(ServicesPage, '/service', '/service?from=now-3h', shop);
    await screen.findByRole('link', { name: 'failing' });
    await userEvent.type(screen.getByRole('textbox', { name: 'Find a service' }), 'a');
    await waitFor(() => expect(namesShown()).toEqual(['failing', 'calm']));
    await userEvent.keyboard('{ArrowDown}{ArrowDown}');
    expect(document.activeElement!.textContent).toBe('calm');
    await userEvent.keyboard('{Home}');
    expect(document.activeElement!.textContent).toBe('failing');
    await userEvent.keyboard('{End}{Enter}');
    await waitFor(() => expect(router.state.location.pathname).toBe('/service/calm'));
    expect(router.state.location.searchStr).toBe('?from=now-3h');
  });

  it('says what to do where nothing has arrived', async () => {
    renderPage(ServicesPage, '/service', '/service', (path, params) => (path.startsWith('/loki') ? vectorAnswer([]) : nobody(path, params)));
    await screen.findByRole('heading', { name: 'No service in this time range' });
    expect(screen.getByText(/OTEL_EXPORTER_OTLP_ENDPOINT=/)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Copy' })).toBeTruthy();
  });

  it('shows services without spans by their lines', async () => {
    renderPage(ServicesPage, '/service', '/service', nobody);
    expect((await screen.findByRole('link', { name: 'calm' })).closest('tr')!.textContent!.replace(/\u00a0/g, ' ')).toMatch(/calm–––––3 \/s/);
  });

  it('says so when the logs cannot be asked, and shows the rest', async () => {
    renderPage(ServicesPage, '/service', '/service', (path, params) => (path.startsWith('/loki') ? undefined : shop(path, params)));
    expect((await screen.findByRole('alert')).textContent).toMatch(/Without log lines: not found/);
    expect(namesShown()).toHaveLength(3);
  });
});

describe('readOrder', () => {
  it.each([
    ['', 'worst', false],
    ['-p95', 'p95', true],
    ['nonsense', 'worst', false],
  ])('of “%s”', (text, order, isReversed) => expect(readOrder(text)).toEqual({ order, isReversed }));
});
