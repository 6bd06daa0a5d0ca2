import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { UrlSearch } from '../search';
import { rightKind, withRightKind } from './splitSearch';

/** Opens a trace: beside what is asked while the page is split, else as a page of its own. */
export function useOpenTrace(): (traceId: string, spanId?: string | null) => void {
  const navigate = useNavigate();
  const isSplit = rightKind(useSearch({ strict: false }) as UrlSearch) !== null;
  return useCallback(
    (traceId, spanId) => {
      const span = spanId ?? undefined;
      if (isSplit) void navigate({ to: '.', search: ((before: UrlSearch) => withRightKind(before, 'trace', { id: traceId, span })) as never });
      else void navigate({ to: '/trace/$traceId', params: { traceId }, search: span === undefined ? {} : { span } });
    },
    [navigate, isSplit],
  );
}
