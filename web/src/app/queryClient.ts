import { QueryClient } from '@tanstack/react-query';

/**
 * Failed queries are shown at once rather than tried again behind the user's back; what polls tries again by itself. What is
 * on screen is fetched again only by the user, by auto refresh, or by polling.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: false, refetchOnWindowFocus: false, refetchOnReconnect: false, staleTime: 30_000, gcTime: 120_000, networkMode: 'always' },
  },
});
