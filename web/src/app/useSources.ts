import { useQuery } from '@tanstack/react-query';
import { ApiError } from '../api/http';
import { sourcesStatus } from '../api/triptych';

/** How often what arrives is asked for. */
export const SOURCES_POLL_MS = 2000;

/** What arrives, asked for every 2 s by whoever shows it; all share one request. */
export function useSources() {
  return useQuery({
    queryKey: ['sources'],
    queryFn: ({ signal }) => sourcesStatus({ signal }),
    refetchInterval: SOURCES_POLL_MS,
    staleTime: 0,
  });
}

/** Whether the last look at what arrives found no server. */
export function isUnreachable(error: Error | null): boolean {
  return error instanceof ApiError && error.status === 0;
}
