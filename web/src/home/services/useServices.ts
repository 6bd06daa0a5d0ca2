import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lokiQueryRange } from '../../api/loki';
import type { MatrixSeries } from '../../api/prometheus';
import { tempoSearch } from '../../api/tempo';
import { alignToStep } from '../../time/range';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { serviceRows } from './serviceRows';

/** How many of the newest traces are looked at. */
export const TRACES_LOOKED_AT = 200;
const SPARK_POINTS = 40;

/** The services seen in traces and logs, worst first. What one signal refuses does not hide the other. */
export function useServices() {
  const range = useTimeRange();
  const stepSeconds = Math.max(1, Math.round((range.endMs - range.startMs) / 1000 / SPARK_POINTS));
  const aligned = alignToStep(range, stepSeconds);
  return useQuery({
    queryKey: ['services', aligned.startMs, aligned.endMs, range.tick],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const [traces, logs] = await Promise.allSettled([
        tempoSearch({ query: '{ }', startMs: range.startMs, endMs: range.endMs, limit: TRACES_LOOKED_AT }, { signal }),
        lokiQueryRange({ query: `sum by (service_name) (rate({service_name=~".+"}[${stepSeconds}s]))`, ...aligned, stepSeconds }, { signal }),
      ]);
      if (signal.aborted) throw signal.reason;
      const series: MatrixSeries[] = logs.status === 'fulfilled' && logs.value.resultType === 'matrix' ? logs.value.result : [];
      const count = Math.round((aligned.endMs - aligned.startMs) / 1000 / stepSeconds) + 1;
      const found = traces.status === 'fulfilled' ? (traces.value.traces ?? []) : [];
      return {
        rows: serviceRows(found, series, { startSeconds: aligned.startMs / 1000, stepSeconds, count }),
        tracesLookedAt: found.length,
        tracesError: traces.status === 'rejected' ? (traces.reason as Error) : null,
        logsError: logs.status === 'rejected' ? (logs.reason as Error) : null,
      };
    },
  });
}
