import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { askAll, wholeRange } from '../model/askAll';
import { share } from '../model/serviceList';
import { failedQuery, latencyQuery, rateQuery } from '../model/spanQueries';
import { parseSample } from '../../charts/frame';
import type { VectorSample } from '../../api/prometheus';

/** A service over the whole time range; what is not known is null. */
export interface ServiceFigures {
  rate: number | null;
  errorShare: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export function useServiceFigures(service: string) {
  const { startMs, endMs, tick } = useTimeRange();
  return useQuery({
    queryKey: ['service-figures', service, startMs, endMs, tick],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<ServiceFigures> => {
      const window = wholeRange({ startMs, endMs });
      const choice = { service };
      const found = await askAll(
        { rate: rateQuery(choice, window), failed: failedQuery(choice, window), p50: latencyQuery(choice, 0.5, window), p95: latencyQuery(choice, 0.95, window), p99: latencyQuery(choice, 0.99, window) },
        endMs,
        signal,
      );
      const rate = onlyValue(found.rate);
      return { rate, errorShare: share(onlyValue(found.failed) ?? 0, rate), p50: onlyValue(found.p50), p95: onlyValue(found.p95), p99: onlyValue(found.p99) };
    },
  });
}

function onlyValue(samples: readonly VectorSample[]): number | null {
  const value = samples[0]?.value === undefined ? NaN : parseSample(samples[0].value[1]);
  return Number.isFinite(value) ? value : null;
}
