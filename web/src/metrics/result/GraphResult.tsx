import { Button } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { IconAlertCircle } from '@tabler/icons-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { one, useUrlSearch } from '../../app/search';
import { TimeChart } from '../../charts/TimeChart';
import { useExemplars } from '../../charts/useExemplars';
import { formatMillis, formatSeconds } from '../../format/duration';
import { formatCount } from '../../format/number';
import { unitOfMetricName } from '../../format/units';
import { coloursOf } from '../../palette/palette';
import { prometheusStatistics } from '../../query/inspect/statistics';
import { exchangeOf, useInspect } from '../../query/inspect/useInspect';
import { useScheme } from '../../theme/useScheme';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { unitOfQuery } from '../query/unitOfQuery';
import { useRangeQuery } from '../query/useRangeQuery';
import { EmptyResult } from './EmptyResult';
import { Legend } from './Legend';
import classes from './Result.module.css';
import { ResultHeader } from './ResultHeader';

const CHART_PX = 300;
/** More lines than this are one colour of mud, and slow. */
const MOST_LINES = 200;

interface Props {
  expression: string;
  onState: (state: { running: boolean; error: Error | null }) => void;
  onView: (view: 'graph' | 'table') => void;
  /** What else can be done with the query. */
  actions?: ReactNode;
}

/** A query's answer over time: chart and legend. */
export function GraphResult({ expression, onState, onView, actions }: Props) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const range = useTimeRange();
  const scheme = useScheme();
  const query = useRangeQuery(expression, width === 0 ? 1000 : width, width > 0);
  const { data, error, isFetching } = query;
  const [isolated, setIsolated] = useState<ReadonlySet<string> | null>(null);
  const [highlighted, setHighlighted] = useState<string | null>(null);
  const [showAll, setShowAll] = useState(false);

  useEffect(() => onState({ running: isFetching, error }), [isFetching, error, onState]);
  useEffect(() => setIsolated(null), [expression]);

  const unit = useMemo(() => unitOfQuery(expression), [expression]);
  const [search, patch] = useUrlSearch();
  const withExemplars = one(search.exemplars) !== 'off';
  // A diamond stands at its value only where the chart measures the same thing: a rate of requests says nothing of how long one took.
  const measure = useCallback((metric: string) => unitOfMetricName(metric) === unit && (unit !== 'none' || /\bhistogram_(quantile|avg)\b/.test(expression)), [unit, expression]);
  const exemplars = useExemplars(expression, measure);
  const colours = useMemo(() => coloursOf(data?.frame.series.map((s) => s.key) ?? [], scheme), [data, scheme]);
  const lines = useMemo(() => {
    const all = data?.frame.series.map((one, i) => ({ key: one.key, name: one.name, colour: colours[i]!, values: one.values })) ?? [];
    return showAll || isolated !== null ? all.filter((one) => isolated === null || isolated.has(one.key)).slice(0, showAll ? undefined : MOST_LINES) : all.slice(0, MOST_LINES);
  }, [data, colours, showAll, isolated]);

  const series = data?.frame.series.length ?? 0;
  const inspect = useInspect({
    exchange: exchangeOf(error, data?.exchange),
    statistics: error === null ? prometheusStatistics(data?.stats) : [],
    found:
      error === null && data
        ? [
            { key: 'series', name: 'Series', value: formatCount(series) },
            { key: 'samples', name: 'Points', value: formatCount(data.samples) },
          ]
        : [],
  });
  const stopped = !isFetching && query.isPlaceholderData;
  return (
    <div ref={ref} className={classes.result}>
      <ResultHeader view="graph" onView={onView} running={isFetching} actions={<span className={classes.actions}>{actions}{inspect.button}</span>}>
        {error !== null ? null : stopped ? (
          <span>Stopped. Below is the answer before.</span>
        ) : data ? (
          <>
            <span>{series === 1 ? '1 series' : `${formatCount(series)} series`}</span>
            <span title="Distance of the points">every {formatSeconds(data.stepSeconds)}</span>
            <span title="From asking to having the answer">{formatMillis(data.elapsedMs)}</span>
            {exemplars.length > 0 && (
              <label className={classes.check} title="Single requests behind the lines; a click opens their trace">
                <input type="checkbox" checked={withExemplars} onChange={(event) => patch({ exemplars: event.currentTarget.checked ? undefined : 'off' }, { replace: true })} /> Exemplars
              </label>
            )}
          </>
        ) : width > 0 ? (
          <span>Stopped.</span>
        ) : null}
      </ResultHeader>
      {inspect.panel}
      {data?.warnings.map((warning) => (
        <p key={warning} className={classes.warning}>
          <IconAlertCircle size={16} stroke={1.6} aria-hidden /> {warning}
        </p>
      ))}
      {data === undefined ? (
        error === null && isFetching ? <GraphSkeleton /> : null
      ) : series === 0 ? (
        error === null && <EmptyResult expression={expression} loading={isFetching} />
      ) : (
        <div className="dim-while-loading" data-loading={isFetching || error !== null || stopped}>
          <TimeChart
            times={data.frame.times}
            series={lines}
            startMs={data.startMs}
            endMs={data.endMs}
            unit={unit}
            height={CHART_PX}
            highlighted={highlighted}
            exemplars={withExemplars ? exemplars : undefined}
            label={`${expression}: ${series} series over time`}
            onZoom={range.zoomTo}
            onZoomBack={range.zoomBack}
          />
          {series > lines.length && isolated === null && (
            <p className={classes.warning}>
              <IconAlertCircle size={16} stroke={1.6} aria-hidden /> The first {MOST_LINES} of {formatCount(series)} series are drawn; aggregate with sum by (…) or pick some below.
              <Button variant="subtle" size="compact-xs" onClick={() => setShowAll(true)}>
                Draw all
              </Button>
            </p>
          )}
          <Legend frame={data.frame} colours={colours} unit={unit} isolated={isolated} onIsolate={setIsolated} onHighlight={setHighlighted} />
        </div>
      )}
    </div>
  );
}

function GraphSkeleton() {
  return (
    <div aria-hidden>
      <div className="skeleton" style={{ height: CHART_PX - 12, margin: 6 }} />
      <div className="skeleton" style={{ height: 20, margin: '10px 6px' }} />
      <div className="skeleton" style={{ height: 20, margin: '8px 6px' }} />
    </div>
  );
}
