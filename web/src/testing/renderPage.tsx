import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet, retainSearchParams, RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { vi } from 'vitest';
import { FOLLOWING_KEYS, parseSearch, stringifySearch } from '../app/search';
import type { UrlSearch } from '../app/search';
import { cssVariables, theme } from '../theme/theme';
import { TimeRangeProvider } from '../time/TimeRangeProvider';

/** Where links lead that pages have. */
const PLACES = ['/', '/explore/metrics', '/explore/logs', '/explore/traces', '/service', '/service-map', '/service/$service', '/trace/$traceId', '/data'];

/** What the server answers to an address: an object as JSON, or nothing for 404. */
export type Answers = (path: string, params: URLSearchParams) => unknown;

/**
 * Shows a page at an address, as the program does: with the time range in the address, and requests answered by `answers`. The program's other
 * pages are there as places to go to.
 * @returns the router, whose location tells where links led
 */
export function renderPage(Page: () => ReactNode, route: string, address: string, answers: Answers) {
  vi.stubGlobal('fetch', (input: string, init?: RequestInit) => {
    const url = new URL(input, 'http://test');
    const params = new URLSearchParams([...url.searchParams, ...new URLSearchParams((init?.body as URLSearchParams | undefined) ?? '')]);
    const found = answers(url.pathname, params);
    return Promise.resolve(found === undefined ? new Response('not found', { status: 404 }) : new Response(JSON.stringify(found)));
  });
  const root = createRootRoute({
    validateSearch: (search: Record<string, unknown>): UrlSearch => search as UrlSearch,
    search: { middlewares: [retainSearchParams([...FOLLOWING_KEYS])] },
    component: () => (
      <TimeRangeProvider>
        <Outlet />
      </TimeRangeProvider>
    ),
  });
  const page = createRoute({ getParentRoute: () => root, path: route, component: Page });
  const elsewhere = PLACES.filter((path) => path !== route).map((path) => createRoute({ getParentRoute: () => root, path, component: () => <p>elsewhere</p> }));
  const router = createRouter({ routeTree: root.addChildren([page, ...elsewhere]), history: createMemoryHistory({ initialEntries: [address] }), parseSearch, stringifySearch });
  const view = render(
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: 'always' } } })}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { ...view, router };
}

/** The envelope of a Prometheus answer with one value for each label set. */
export function vectorAnswer(samples: readonly { labels: Record<string, string>; value: number }[]) {
  return { status: 'success', data: { resultType: 'vector', result: samples.map(({ labels, value }) => ({ metric: labels, value: [0, String(value)] })) } };
}

export const EMPTY_MATRIX = { status: 'success', data: { resultType: 'matrix', result: [] } };
