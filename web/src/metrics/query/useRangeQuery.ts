import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import type { Exchange } from '../../api/http';
import { queryRange } from '../../api/prometheus';
import type { MatrixSeries, PrometheusStats } from '../../api/prometheus';
import { frameOf } from '../../charts/frame';
import type { Frame } from '../../charts/frame';
import { alignToStep, stepSecondsFor } from '../../time/range';
import { useTimeRange } from '../../time/TimeRangeProvider';

export interface RangeResult {
  frame: Frame;
  startMs: number;
  endMs: number;
  stepSeconds: number;
  /** From asking to having read the answer. */
  elapsedMs: number;
  warnings: string[];
  exchange: Exchange | null;
  stats: PrometheusStats | undefined;
  samples: number;
}

/** A PromQL expression over the page's time range, at a step that suits the chart's width. Asks nothing for an empty one. */
export function useRangeQuery(expression: string, widthPx: number, enabled = true) {
  const { startMs, endMs, tick } = useTimeRange();
  const stepSeconds = stepSecondsFor({ startMs, endMs }, widthPx);
  const range = useMemo(() => alignToStep({ startMs, endMs }, stepSeconds), [startMs, endMs, stepSeconds]);
  const queryKey = useMemo(() => ['metrics', 'range', expression, range.startMs, range.endMs, stepSeconds, tick] as const, [expression, range, stepSeconds, tick]);
  const result = useQuery({
    queryKey,
    enabled: enabled && expression.trim() !== '',
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<RangeResult> => {
      const began = performance.now();
      let exchange: Exchange | null = null;
      const answer = await queryRange({ query: expression, ...range, stepSeconds, withStats: true }, { signal, onExchange: (told) => (exchange = told) });
      return {
        exchange,
        stats: answer.data.stats,
        samples: answer.data.result.reduce((sum, one) => sum + (one.values?.length ?? 0) + (one.histograms?.length ?? 0), 0),
        frame: frameOf(answer.data.result, range.startMs, range.endMs, stepSeconds),
        ...range,
        stepSeconds,
        elapsedMs: performance.now() - began,
        warnings: [...answer.warnings, ...answer.infos, ...histogramWarning(answer.data.result)],
      };
    },
  });
  // When asking again fails, the answer before stays in sight.
  const before = useRef<{ expression: string; data: RangeResult } | null>(null);
  useEffect(() => {
    if (result.data !== undefined && !result.isPlaceholderData) before.current = { expression, data: result.data };
  }, [result.data, result.isPlaceholderData, expression]);
  const kept = result.isError && before.current?.expression === expression ? before.current.data : undefined;
  return { ...result, data: result.data ?? kept, queryKey };
}

/** A line cannot show histograms: what is left out is said, with what shows it. */
function histogramWarning(result: readonly MatrixSeries[]): string[] {
  const count = result.filter((series) => (series.histograms?.length ?? 0) > 0).length;
  return count === 0 ? [] : [`${count} series hold native histograms, which are not drawn. Ask for histogram_quantile(0.95, …) or histogram_avg(…) of them.`];
}
