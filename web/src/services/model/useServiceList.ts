import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lokiQuery } from '../../api/loki';
import { queryRange } from '../../api/prometheus';
import type { VectorSample } from '../../api/prometheus';
import { alignToStep } from '../../time/range';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { askAll, wholeRange } from './askAll';
import { serviceSummaries } from './serviceList';
import { failedQuery, latencyQuery, rateQuery, windowFor } from './spanQueries';

const SPARK_POINTS = 40;

/** All services of the time range with their rates, errors and latencies; a missing answer of the logs is told, and hides nothing else. */
export function useServiceList() {
  const { startMs, endMs, tick } = useTimeRange();
  return useQuery({
    queryKey: ['service-list', startMs, endMs, tick],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const whole = wholeRange({ startMs, endMs });
      const stepSeconds = Math.max(15, Math.round((endMs - startMs) / 1000 / SPARK_POINTS));
      const range = alignToStep({ startMs, endMs }, stepSeconds);
      const window = windowFor(stepSeconds);
      const overTime = async (query: string) => (await queryRange({ query, ...range, stepSeconds }, { signal })).data.result;
      const [now, rateOverTime, failedOverTime, p95OverTime, lines] = await Promise.all([
        askAll({ rate: rateQuery({}, whole), failed: failedQuery({}, whole), p50: latencyQuery({}, 0.5, whole), p95: latencyQuery({}, 0.95, whole), p99: latencyQuery({}, 0.99, whole) }, endMs, signal),
        overTime(rateQuery({}, window)),
        overTime(failedQuery({}, window)),
        overTime(latencyQuery({}, 0.95, window)),
        linesPerSecond(whole, endMs, signal),
      ]);
      const grid = { startSeconds: range.startMs / 1000, stepSeconds, count: Math.round((range.endMs - range.startMs) / 1000 / stepSeconds) + 1 };
      return { services: serviceSummaries({ ...now, rateOverTime, failedOverTime, p95OverTime, lines: lines.samples }, grid), logsError: lines.error };
    },
  });
}

async function linesPerSecond(window: string, timeMs: number, signal: AbortSignal): Promise<{ samples: VectorSample[]; error: Error | null }> {
  try {
    const answer = await lokiQuery(`sum by (service_name) (rate({service_name=~".+"}[${window}]))`, timeMs, { signal });
    return { samples: answer.resultType === 'vector' ? answer.result : [], error: null };
  } catch (error) {
    if (signal.aborted) throw error;
    return { samples: [], error: error as Error };
  }
}
