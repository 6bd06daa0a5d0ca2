// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it, vi } from 'vitest';
import { renderInTheme } from '../../testing/render';
import type { LogRow } from '../query/lokiAnswer';
import { LineContextView } from './LineContextView';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  Reflect.deleteProperty(Element.prototype, 'scrollIntoView');
});

const ROW: LogRow = { unixNanos: '1800000000000000000', timestampMs: 1_800_000_000_000, line: 'line 20', stream: { app: 'a' }, metadata: {}, parsed: {}, level: 'info' };

it('the lines around a line come into view when they open and when they are loaded, not when more are asked for', async () => {
  // jsdom lays nothing out and has no such method. In newer browsers it answers with a promise.
  const scrolled: [string | null, number, unknown][] = [];
  const scroll = function scrollIntoView(this: Element, how?: unknown): Promise<void> {
    scrolled.push([this.getAttribute('aria-label'), this.querySelectorAll('li').length, how]);
    return Promise.resolve();
  };
  Element.prototype.scrollIntoView = scroll;
  const values = Array.from({ length: 40 }, (_, i) => [ROW.unixNanos, `line ${i}`]);
  vi.stubGlobal('fetch', (input: string) => {
    const params = new URL(input, 'http://t').searchParams;
    const result = params.get('start') === ROW.unixNanos ? [{ stream: ROW.stream, values }] : [];
    return Promise.resolve(new Response(JSON.stringify({ status: 'success', data: { resultType: 'streams', result } })));
  });
  renderInTheme(
    <QueryClientProvider client={new QueryClient()}>
      <LineContextView row={ROW} onGrow={() => undefined} onOpen={() => undefined} />
    </QueryClientProvider>,
  );
  await screen.findByText('line 19');
  const expected = [['Lines around this one', 0, { block: 'nearest' }], ['Lines around this one', 21, { block: 'nearest' }]];
  expect(scrolled).toEqual(expected);
  expect(screen.getAllByRole('listitem').map(({ lastChild }) => lastChild!.textContent)).toEqual(Array.from({ length: 21 }, (_, i) => `line ${i + 10}`));
  await userEvent.click(screen.getByRole('button', { name: '30 older lines' }));
  await screen.findByText('line 0');
  expect(scrolled).toEqual(expected);
});
