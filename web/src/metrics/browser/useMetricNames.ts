import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { labelValues, metadata } from '../../api/prometheus';
import type { MetricMetadata } from '../../api/prometheus';
import { useTimeRange } from '../../time/TimeRangeProvider';

const FIVE_MINUTES_MS = 300_000;

/** Metrics with data in the page's time range, by name, with what is known of them. */
export function useMetricNames() {
  const { startMs, endMs, raw, tick } = useTimeRange();
  return useQuery({
    // A range that moves with the clock has the same metrics for a while.
    queryKey: ['metric-names', raw.from, raw.to, Math.floor(endMs / FIVE_MINUTES_MS), tick === 0 ? 0 : Math.floor(tick / 12)],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, MetricMetadata | null>> => {
      const [names, known] = await Promise.all([labelValues('__name__', { startMs, endMs }, { signal }), metadata({ signal })]);
      return new Map(names.map((name) => [name, (known[name] ?? known[name.replace(/_(bucket|sum|count)$/, '')])?.[0] ?? null]));
    },
  });
}
