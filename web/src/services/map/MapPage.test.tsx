// @vitest-environment jsdom
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { renderPage, vectorAnswer } from '../../testing/renderPage';
import type { Answers } from '../../testing/renderPage';
import { statusOf } from '../../testing/status';
import MapPage from './MapPage';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const EDGES: Record<string, string>[] = [
  { client: 'gateway', server: 'orders' },
  { client: 'orders', server: 'pg', connection_type: 'database' },
  { client: 'user', server: 'gateway', connection_type: 'virtual_node' },
];

/** Answers as of a server that saw three calls, of which those of orders to its database fail. */
const shop: Answers = (path, params) => {
  const query = params.get('query') ?? '';
  if (path.endsWith('/status/sources')) return statusOf({});
  if (path !== '/api/v1/query') return undefined;
  if (!query.includes('service_graph')) return vectorAnswer(['gateway', 'orders'].map((service) => ({ labels: { service }, value: query.includes('ERROR') ? 0 : query.includes('latency') ? 0.2 : 8 })));
  if (query.includes('failed')) return vectorAnswer([{ labels: EDGES[1]!, value: 1 }]);
  return vectorAnswer(EDGES.map((labels) => ({ labels, value: query.includes('server_seconds') ? 0.1 : query.includes('client_seconds') ? 0.3 : 4 })));
};

const open = (search: string, answers: Answers = shop) => renderPage(MapPage, '/service-map', `/service-map?from=now-3h&${search}`, answers);
const plain = (element: HTMLElement) => element.textContent!.replace(/\u00a0/g, ' ');
const rows = () => within(screen.getByRole('table', { name: /Calls between services/ })).getAllByRole('row').slice(1).map(plain);

describe('the service map as a table', () => {
  it('has every call with its figures, those with most errors first', async () => {
    open('view=table');
    await screen.findByRole('table', { name: /Calls between services/ });
    expect(rows()).toEqual(['orderspg database4 /s25 %300 ms100 ms', 'gatewayorders4 /s0 %300 ms100 ms', 'user outside callergateway4 /s0 %300 ms100 ms']);
    expect(screen.getByRole('status').textContent).toBe('4 nodes, 3 calls');
  });

  it('leads to the page of a service', async () => {
    const { router } = open('view=table');
    await userEvent.click((await screen.findAllByRole('link', { name: 'orders' }))[0]!);
    await waitFor(() => expect(router.state.location.href).toBe('/service/orders?from=now-3h'));
  });

  it('finds by name, and chooses what was found by Enter', async () => {
    const { router } = open('view=table');
    await screen.findByRole('table', { name: /Calls between services/ });
    await userEvent.type(screen.getByRole('textbox', { name: 'Find a service on the map' }), 'pg');
    await waitFor(() => expect(rows()).toHaveLength(1));
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(router.state.location.searchStr).toBe('?from=now-3h&view=table&service=pg'));
    expect(await screen.findByRole('complementary', { name: 'Chosen: pg' })).toBeTruthy();
  });
});

describe('the chosen node', () => {
  it('has its figures, its calls, and ways on that keep the time range', async () => {
    open('view=table&service=orders');
    const panel = await screen.findByRole('complementary', { name: 'Chosen: orders' });
    expect(plain(panel)).toMatch(/rate8 \/serrors0 %p95200 ms/);
    expect(plain(within(panel).getByRole('region', { name: 'Called by' }))).toBe('Called bygateway4 /s0 %100 ms');
    expect(plain(within(panel).getByRole('region', { name: 'Calls' }))).toBe('Callspg4 /s25 %300 ms');
    const hrefs = within(panel).getAllByRole('link').map((link) => new URL(link.getAttribute('href')!, 'http://t'));
    expect(hrefs.map(({ pathname }) => pathname)).toEqual(['/service/orders', '/explore/traces', '/explore/logs']);
    expect(hrefs.map(({ searchParams }) => searchParams.get('from'))).toEqual(['now-3h', 'now-3h', 'now-3h']);
  });

  it('leads from a database to the traces of its callers', async () => {
    open('view=table&service=pg');
    const link = await within(await screen.findByRole('complementary', { name: 'Chosen: pg' })).findByRole('link', { name: 'Traces of its callers' });
    expect(new URL(link.getAttribute('href')!, 'http://t').searchParams.get('q')).toBe('{ kind = client && (resource.service.name = "orders") }');
  });

  it('can be shown with its neighbours alone', async () => {
    open('view=table&service=pg');
    await screen.findByRole('complementary', { name: 'Chosen: pg' });
    await userEvent.click(screen.getByRole('radio', { name: 'Neighbours' }));
    await waitFor(() => expect(rows()).toHaveLength(1));
    expect(screen.getByRole('status').textContent).toBe('2 nodes, 1 call');
  });
});

describe('an empty map', () => {
  it('says what to do', async () => {
    open('', (path, params) => (path === '/api/v1/query' ? vectorAnswer([]) : shop(path, params)));
    await screen.findByRole('heading', { name: 'No calls between services in this time range' });
    expect(screen.getByText(/OTEL_EXPORTER_OTLP_ENDPOINT=/)).toBeTruthy();
  });
});
