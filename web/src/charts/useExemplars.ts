import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { queryExemplars } from '../api/prometheus';
import { useUiSettings } from '../api/uiSettings';
import { useTimeRange } from '../time/TimeRangeProvider';
import { exemplarsOf } from './exemplars';
import type { Exemplar } from './exemplars';

const NONE: readonly Exemplar[] = [];

/**
 * Exemplars behind a chart of an expression, over the page's time range. They come beside the lines: a chart without them is whole, so that a
 * server that has none, or refuses, takes nothing from it.
 */
export function useExemplars(expression: string, measure: (metric: string) => boolean, enabled = true): readonly Exemplar[] {
  const { startMs, endMs, tick } = useTimeRange();
  const { exemplarTraceIdLabel } = useUiSettings();
  const { data } = useQuery({
    queryKey: ['exemplars', expression, startMs, endMs, tick],
    enabled: enabled && expression.trim() !== '',
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => queryExemplars(expression, { startMs, endMs }, { signal }),
  });
  return useMemo(() => (enabled && data !== undefined ? exemplarsOf(data, measure, exemplarTraceIdLabel) : NONE), [data, enabled, measure, exemplarTraceIdLabel]);
}
