import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { labelNames, labelValues } from '../../api/prometheus';
import controls from '../../controls/Controls.module.css';
import { AggregationFields } from '../../query/builder/AggregationFields';
import { Beyond } from '../../query/builder/Beyond';
import classes from '../../query/builder/Builder.module.css';
import { Field } from '../../query/builder/Field';
import { LabelMatches } from '../../query/builder/LabelMatches';
import type { LabelSource } from '../../query/builder/LabelMatches';
import { useMetricNames } from '../browser/useMetricNames';
import { EMPTY_MODEL, isWindow, OVER, readPromql, selectorOf, writePromql } from './promqlModel';
import type { MetricsModel } from './promqlModel';

interface Props {
  /** What stands in the editor. */
  query: string;
  startMs: number;
  endMs: number;
  /** The query as the builder wrote it; a whole one is to be run. */
  onQuery: (query: string) => void;
}

const MOST_VALUES = 1000;
const WINDOWS = ['1m', '5m', '10m', '30m', '1h', '6h', '1d'];
const QUANTILES = ['0.5', '0.9', '0.95', '0.99'];
/** Rounded below what a person writes: 0.55 * 100 is 55.00000000000001. */
const percentile = (quantile: string) => Number((Number(quantile) * 100).toPrecision(12));

/** A question to metrics without writing PromQL: each choice rewrites the query above, and what is typed there is shown here. */
export default function MetricsBuilder({ query, startMs, endMs, onQuery }: Props) {
  const read = useMemo(() => readPromql(query), [query]);
  // Rows that are not whole are not in the query: kept here until it changes from elsewhere.
  const [draft, setDraft] = useState<{ query: string; model: MetricsModel } | null>(null);
  useEffect(() => {
    if (draft !== null && draft.query !== query) setDraft(null);
  }, [draft, query]);
  const model = draft !== null && draft.query === query ? draft.model : read;
  const names = useMetricNames();
  const [wantsLabels, setWantsLabels] = useState(false);
  const selector = model === null ? '' : selectorOf({ metric: model.metric, filters: [] });
  const labels = useQuery({
    queryKey: ['builder-labels', selector, startMs, endMs],
    enabled: wantsLabels && model !== null,
    staleTime: 30_000,
    retry: false,
    queryFn: ({ signal }) => labelNames({ match: selector === '' ? undefined : [selector], startMs, endMs }, { signal }),
  });
  const source = useMemo<LabelSource>(() => {
    const metric = model?.metric ?? '';
    const match = (filters: MetricsModel['filters']) => {
      const text = selectorOf({ metric, filters });
      return text === '' ? undefined : [text];
    };
    return {
      key: ['metrics', metric, startMs, endMs],
      names: async (others, signal) => (await labelNames({ match: match(others), startMs, endMs }, { signal })).filter((name) => name !== '__name__'),
      values: (label, others, signal) => labelValues(label, { match: match(others), startMs, endMs, limit: MOST_VALUES }, { signal }),
    };
  }, [model?.metric, startMs, endMs]);

  if (model === null) return <Beyond onReset={() => onQuery('')} />;
  const change = (patch: Partial<MetricsModel>) => {
    const next = { ...model, ...patch };
    const text = writePromql(next);
    setDraft({ query: text, model: next });
    if (text !== query) onQuery(text);
  };
  // A name tells how a metric is usually asked for.
  const choose = (metric: string) => {
    const isBuckets = metric.endsWith('_bucket');
    const isCounter = /_(total|sum|count|bucket)$/.test(metric) || names.data?.get(metric)?.type === 'counter';
    change({ metric, over: isCounter && model.over === '' ? 'rate' : model.over, ...(isBuckets && model.quantile === '' ? { quantile: '0.95', aggregation: { ...EMPTY_MODEL.aggregation, aggregate: 'sum' } } : {}) });
  };

  return (
    <div className={classes.builder} role="group" aria-label="Query builder">
      <div className={classes.line}>
        <span>Metric</span>
        <div className={classes.fields}>
          <Field label="Metric" value={model.metric} options={names.data === undefined ? [] : [...names.data.keys()]} width={280} onCommit={choose} />
          <LabelMatches matches={model.filters} source={source} onChange={(filters) => change({ filters })} addText="Filter" />
        </div>
      </div>
      <div className={classes.line}>
        <span>Values</span>
        <div className={classes.fields}>
          <span className={classes.group}>
            <select className={controls.select} aria-label="Over time" value={model.over} onChange={(event) => change({ over: event.currentTarget.value })}>
              {OVER.map(({ name, says }) => (
                <option key={name} value={name}>
                  {says}
                </option>
              ))}
            </select>
            {model.over !== '' && <Field label="Window" value={model.window} options={WINDOWS} width={72} isWrong={!isWindow(model.window)} onCommit={(window) => change({ window: window.trim() })} />}
          </span>
          <AggregationFields aggregation={model.aggregation} labels={(labels.data ?? []).filter((name) => name !== '__name__' && name !== 'le')} onOpen={() => setWantsLabels(true)} onChange={(aggregation) => change({ aggregation })} />
          <span className={classes.group}>
            <select className={controls.select} aria-label="Quantile of a histogram" value={model.quantile} onChange={(event) => change({ quantile: event.currentTarget.value })}>
              <option value="">no quantile</option>
              {[...new Set([...QUANTILES, ...(model.quantile === '' ? [] : [model.quantile])])].map((quantile) => (
                <option key={quantile} value={quantile}>
                  p{percentile(quantile)} of the histogram
                </option>
              ))}
            </select>
          </span>
        </div>
      </div>
    </div>
  );
}
