// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_SETTINGS } from '../../api/uiSettings';
import type { DerivedField } from '../../api/uiSettings';
import { renderPage } from '../../testing/renderPage';
import type { LogRow } from '../query/lokiAnswer';
import { RowLinks } from './RowLinks';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const AT_MS = 1_795_343_143_220;
const row: LogRow = { unixNanos: `${AT_MS}000000`, timestampMs: AT_MS, line: 'order=a7 user=u1 paid', stream: { service_name: 'orders' }, metadata: {}, parsed: {}, level: 'info' };
const field = (more: Partial<DerivedField>): DerivedField => ({ name: 'order', matcherType: 'regex', matcherRegex: 'order=(\\w+)', url: '', internal: null, urlDisplayLabel: null, ...more });
const hrefOf = async (name: string | RegExp) => (await screen.findByRole('link', { name })).getAttribute('href');

const open = (line: LogRow, derivedFields: DerivedField[] | null, search = '') =>
  renderPage(() => <RowLinks row={line} />, '/line', `/line${search}`, (path) => (path === '/api/triptych/v1/ui/settings' && derivedFields !== null ? { ...DEFAULT_SETTINGS, derivedFields } : undefined));

describe('the links of a line', () => {
  it('lead to the metrics of its service in the time range that holds it', async () => {
    open(row, null, `?from=${AT_MS - 1000}&to=${AT_MS + 1000}`);
    expect(await hrefOf('Metrics of orders')).toBe(`/service/orders?from=${AT_MS - 1000}&to=${AT_MS + 1000}`);
  });

  it('lead to where the line is, when the time range is elsewhere', async () => {
    open(row, null, '?from=1000000000000&to=1000000001000');
    expect(await hrefOf('Metrics of orders')).toBe(`/service/orders?from=${AT_MS - 3_600_000}&to=${AT_MS + 3_600_000}`);
  });

  it('lead where the configuration says', async () => {
    const range = `?from=${AT_MS - 1000}&to=${AT_MS + 1000}`;
    open(row, [field({ internal: 'traces', url: '{ span.order = "${__value.raw}" }' }), field({ name: 'ticket', url: 'https://tickets.example/${__value.raw}', urlDisplayLabel: 'Open' }), field({ name: 'bad', matcherRegex: '(' })], range);
    const search = new URL((await hrefOf('order: a7'))!, 'http://t').searchParams;
    expect(search.get('q')).toBe('{ span.order = "a7" }');
    expect(search.get('from')).toBe(String(AT_MS - 1000));
    expect(await hrefOf('ticket: Open')).toBe('https://tickets.example/a7');
    expect(screen.getByText(/^Derived field bad: /)).toBeTruthy();
  });

  it('are none for a line of nobody', async () => {
    const { container } = open({ ...row, stream: { service_name: 'unknown_service' } }, [field({ internal: 'service' })]);
    expect(await hrefOf('order: a7')).toMatch(/^\/service\/a7/);
    expect(container.querySelectorAll('a')).toHaveLength(1);
  });
});
