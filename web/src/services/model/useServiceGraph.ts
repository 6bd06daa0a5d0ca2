import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { askAll, wholeRange } from './askAll';
import { graphQueries, serviceGraph } from './graph';
import { byLabel, share } from './serviceList';
import { failedQuery, latencyQuery, rateQuery } from './spanQueries';

/** Who calls whom in the time range, and how that goes. */
export function useServiceGraph() {
  const { startMs, endMs, tick } = useTimeRange();
  return useQuery({
    queryKey: ['service-graph', startMs, endMs, tick],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const window = wholeRange({ startMs, endMs });
      const [edges, nodes] = await Promise.all([
        askAll(graphQueries(window), endMs, signal),
        askAll({ rate: rateQuery({}, window), failed: failedQuery({}, window), p95: latencyQuery({}, 0.95, window) }, endMs, signal),
      ]);
      const [rates, failures, latencies] = [nodes.rate, nodes.failed, nodes.p95].map((samples) => byLabel(samples, 'service'));
      const known = [...rates!].map(([name, rate]) => ({ name, rate, errorShare: share(failures!.get(name) ?? 0, rate), p95: latencies!.get(name) ?? null }));
      return serviceGraph(edges, known);
    },
  });
}
