import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { queryExemplars } from '../../api/prometheus';
import { useUiSettings } from '../../api/uiSettings';
import { exemplarsOf } from '../../charts/exemplars';
import type { Exemplar } from '../../charts/exemplars';
import type { Question } from './targets';

const NONE: readonly Exemplar[] = [];

/** Buckets hold what a quantile or a mean of them shows; a count of them is of another unit, and its exemplars stand at the chart's foot. */
export function measures(query: string): (metric: string) => boolean {
  const isTime = /histogram_quantile|histogram_avg|_sum\b/.test(query);
  return (metric) => isTime && /_bucket$/.test(metric);
}

/**
 * Exemplars of the queries that ask for them. They come beside the lines: a server that has none, or refuses, takes nothing from the
 * panel. Those of another server name traces that are not here, and are not asked for.
 */
export function usePanelExemplars(questions: readonly Question[], tick: number, enabled: boolean): readonly Exemplar[] {
  const { exemplarTraceIdLabel } = useUiSettings();
  const asked = questions.flatMap((one) => (one.source === 'prometheus' && one.exemplar === true && one.via === undefined ? [{ query: one.query, startMs: one.startMs, endMs: one.endMs }] : []));
  const { data } = useQuery({
    queryKey: ['dashboard-exemplars', asked, tick],
    enabled: enabled && asked.length > 0,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => Promise.all(asked.map(async (one) => ({ query: one.query, series: await queryExemplars(one.query, one, { signal }) }))),
  });
  return useMemo(() => (data === undefined || asked.length === 0 ? NONE : data.flatMap(({ query, series }) => exemplarsOf(series, measures(query), exemplarTraceIdLabel))), [data, asked.length, exemplarTraceIdLabel]);
}
