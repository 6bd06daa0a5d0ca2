// @vitest-environment jsdom
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EMPTY_MATRIX, renderPage, vectorAnswer } from '../../testing/renderPage';
import type { Answers } from '../../testing/renderPage';
import { statusOf } from '../../testing/status';
import ServicePage from './ServicePage';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const ID = 'b33521037bccb50a5dd5952ac4caf9c5';

/** Answers as of a server that knows gateway, which calls orders and is called from outside. */
const shop: Answers = (path, params) => {
  const query = params.get('query') ?? '';
  if (path.endsWith('/status/sources')) return statusOf({});
  if (path === '/api/v1/query_range') return EMPTY_MATRIX;
  if (path === '/api/v1/query_exemplars') return { status: 'success' };
  if (path === '/api/v1/metadata') return { status: 'success', data: {} };
  if (path === '/api/v1/label/__name__/values') return { status: 'success', data: params.get('match[]')!.startsWith('{job') ? ['http_requests_total', 'traces_spanmetrics_calls_total'] : [] };
  if (path === '/api/search') return { traces: [{ traceID: ID, rootServiceName: 'gateway', rootTraceName: 'POST /orders', startTimeUnixNano: '1', durationMs: 12, serviceStats: { gateway: { spanCount: 3, errorCount: 1 } } }] };
  if (path === '/loki/api/v1/query_range') {
    return { status: 'success', data: { resultType: 'streams', result: [{ stream: { service_name: 'gateway' }, values: [['1795343143220000000', `{"msg":"served","trace_id":"${ID}"}`]] }] } };
  }
  if (path !== '/api/v1/query') return undefined;
  if (query.includes('service_graph')) {
    const value = query.includes('failed') ? 0.5 : query.includes('seconds') ? 0.1 : 2;
    return vectorAnswer([
      { labels: { client: 'gateway', server: 'orders' }, value },
      { labels: { client: 'user', server: 'gateway', connection_type: 'virtual_node' }, value },
    ]);
  }
  const value = query.includes('latency') ? 0.25 : query.includes('STATUS_CODE_ERROR') ? 1 : 4;
  if (query.includes('span_name, span_kind')) {
    return vectorAnswer([
      { labels: { span_name: 'GET /', span_kind: 'SPAN_KIND_SERVER' }, value },
      { labels: { span_name: 'render', span_kind: 'SPAN_KIND_INTERNAL' }, value },
    ]);
  }
  return vectorAnswer([{ labels: { service: 'gateway' }, value }, { labels: { service: 'orders' }, value }]);
};

const plain = (element: HTMLElement) => element.textContent!.replace(/\u00a0/g, ' ');
const open = (answers: Answers = shop, search = '') => renderPage(ServicePage, '/service/$service', `/service/gateway?from=now-3h${search}`, answers);
const panel = (name: string) => screen.findByRole('region', { name });

describe('the page of a service', () => {
  it('tells rate, errors and latency over the range', async () => {
    open();
    await waitFor(() => expect(plain(screen.getByLabelText('Over the whole time range'))).toBe('rate4 /serrors25 %p50250 msp95250 msp99250 ms'));
  });

  it('lists what reaches it, and inner spans when asked for', async () => {
    open();
    const operations = await panel('Operations');
    expect(plain((await within(operations).findByRole('button', { name: 'GET /' })).closest('tr')!)).toBe('GET /4 /s25 %250 ms250 ms250 ms');
    expect(within(operations).queryByRole('button', { name: 'render' })).toBeNull();
    await userEvent.click(within(operations).getByRole('checkbox'));
    expect(within(operations).getByRole('button', { name: 'render' })).toBeTruthy();
  });

  it('shows one operation alone, and all again; the address has it', async () => {
    const { router } = open();
    await userEvent.click(await within(await panel('Operations')).findByRole('button', { name: 'GET /' }));
    await waitFor(() => expect(router.state.location.searchStr).toBe('?from=now-3h&op=GET+/'));
    await userEvent.click(screen.getByRole('button', { name: 'All operations' }));
    await waitFor(() => expect(router.state.location.searchStr).toBe('?from=now-3h'));
  });

  it('leads to those it calls and is called by', async () => {
    const { router } = open();
    expect((await within(await panel('Called by')).findByRole('link')).textContent).toBe('user');
    await userEvent.click(await within(await panel('Calls')).findByRole('link', { name: 'orders' }));
    await waitFor(() => expect(router.state.location.href).toBe('/service/orders?from=now-3h'));
  });

  it('leads to its traces', async () => {
    const { router } = open();
    await userEvent.click(await within(await panel('Traces')).findByRole('link', { name: 'POST /orders' }));
    await waitFor(() => expect(router.state.location.href).toBe(`/trace/${ID}?from=now-3h`));
  });

  it('shows its lines with their traces, and its metrics without those counted of its spans', async () => {
    open();
    expect((await within(await panel('Logs')).findByRole('link', { name: 'trace' })).getAttribute('href')).toBe(`/trace/${ID}?from=now-3h`);
    const links = await within(await panel('Metrics')).findAllByRole('link');
    expect(links.map((link) => new URL(link.getAttribute('href')!, 'http://t').searchParams.get('q'))).toEqual(['rate(http_requests_total{job=~"(.+/)?gateway"}[5m])']);
  });

  it('says what to do where it has no spans', async () => {
    open((path, params) => (path === '/api/v1/query' ? vectorAnswer([]) : shop(path, params)));
    await screen.findByRole('heading', { name: 'No spans of gateway in this time range' });
    expect(screen.getByText(/OTEL_SERVICE_NAME=gateway/)).toBeTruthy();
    expect(await within(await panel('Logs')).findByText('served')).toBeTruthy();
  });

  it('says what failed where it failed', async () => {
    open((path, params) => (path === '/api/search' ? undefined : shop(path, params)));
    expect((await within(await panel('Traces')).findByRole('alert')).textContent).toBe('not found');
    expect(await within(await panel('Logs')).findByText('served')).toBeTruthy();
  });
});
