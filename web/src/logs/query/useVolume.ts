import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { volumeQuery } from './logql';
import { queryMatrix } from './lokiApi';
import type { LogLines } from './useLogLines';
import { volumeOfRows, volumeOfSeries, volumeRange, volumeStepMs } from './volume';
import type { Volume } from './volume';

const MAX_BARS = 120;

/** Line counts of the whole range by level; of the returned lines only where the server refuses to count. */
export function useVolume(lines: LogLines, request: { query: string; startMs: number; endMs: number } | null): Volume | null {
  const stepMs = request ? volumeStepMs(request.endMs - request.startMs, MAX_BARS) : 1000;
  const query = request ? volumeQuery(request.query, stepMs) : null;
  const counted = useQuery({
    queryKey: ['log-volume', query, request?.startMs, request?.endMs],
    enabled: query !== null && request !== null,
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: async ({ signal }) => {
      const range = volumeRange(request!.startMs, request!.endMs, stepMs);
      return volumeOfSeries(
        await queryMatrix(query!, range.startMs, range.endMs, stepMs, signal),
        request!.startMs,
        request!.endMs,
        stepMs,
      );
    },
  });
  const { result, version } = lines;
  return useMemo(() => {
    if (counted.data && !counted.isError) return counted.data;
    if (!counted.isError || !result || result.series) return null;
    const { startMs, endMs } = result.request;
    return volumeOfRows(result.rows, startMs, endMs, volumeStepMs(endMs - startMs, MAX_BARS));
    // `version` stands for the rows, which grow in place.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [counted.data, counted.isError, result, version]);
}
