import { useElementSize } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { ReactNode } from 'react';
import { messageOf } from '../../api/http';
import type { Exemplar } from '../../charts/exemplars';
import { TimeChart } from '../../charts/TimeChart';
import type { ChartSeries } from '../../charts/TimeChart';
import { useExemplars } from '../../charts/useExemplars';
import { PanelHead } from '../../controls/PanelHead';
import { formatValue } from '../../format/units';
import type { Unit } from '../../format/units';
import { useRangeQuery } from '../../metrics/query/useRangeQuery';
import type { RangeResult } from '../../metrics/query/useRangeQuery';
import { colourOf, SERIES_COLOURS } from '../../palette/palette';
import { useScheme } from '../../theme/useScheme';
import type { Scheme } from '../../theme/useScheme';
import { stepSecondsFor } from '../../time/range';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { share } from '../model/serviceList';
import { exemplarQuery, failedQuery, latencyQuery, rateQuery, windowFor } from '../model/spanQueries';
import classes from './ServicePage.module.css';

const CHART_PX = 180;
/** State has its own colours: the line of errors is red whatever the service is. */
const ERROR_COLOUR: Readonly<Record<Scheme, string>> = { light: '#c02a30', dark: '#ff7b7b' };

interface Props {
  service: string;
  operation: string | undefined;
}

/** Rate, errors and duration of a service, or of one operation of it, with single requests as diamonds. */
export function RedCharts({ service, operation }: Props) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const scheme = useScheme();
  const range = useTimeRange();
  const chartPx = width > 900 ? width / 3 : width;
  const isSized = width > 0;
  const window = windowFor(stepSecondsFor(range, chartPx));
  const choice = useMemo(() => ({ service, operation }), [service, operation]);

  const rate = useRangeQuery(rateQuery(choice, window), chartPx, isSized);
  const failed = useRangeQuery(failedQuery(choice, window), chartPx, isSized);
  const latencies = [0.5, 0.95, 0.99].map((quantile) => latencyQuery(choice, quantile, window));
  const p50 = useRangeQuery(latencies[0]!, chartPx, isSized);
  const p95 = useRangeQuery(latencies[1]!, chartPx, isSized);
  const p99 = useRangeQuery(latencies[2]!, chartPx, isSized);

  const all = useExemplars(exemplarQuery(choice), always);
  const failures = useMemo(() => all.filter((one) => one.failed).map((one) => ({ ...one, value: null })), [all]);

  const rateLine = useMemo(() => line('rate', 'requests', colourOf(service, scheme), rate.data), [rate.data, service, scheme]);
  const errorLine = useMemo(() => {
    const requests = rate.data?.frame.series[0]?.values;
    if (rate.data === undefined || requests === undefined || failed.data === undefined || failed.data.startMs !== rate.data.startMs || failed.data.stepSeconds !== rate.data.stepSeconds) return [];
    const failing = failed.data.frame.series[0]?.values;
    return [{ key: 'errors', name: 'errors', colour: ERROR_COLOUR[scheme], values: requests.map((value, i) => share(failing?.[i] ?? 0, value)) }];
  }, [rate.data, failed.data, scheme]);
  const latencyLines = useMemo(() => {
    const colours = SERIES_COLOURS[scheme];
    return [...line('p50', 'p50', colours[6]!, p50.data), ...line('p95', 'p95', colours[0]!, p95.data), ...line('p99', 'p99', colours[4]!, p99.data)];
  }, [p50.data, p95.data, p99.data, scheme]);

  const isLoading = (...queries: { isFetching: boolean }[]) => queries.some(({ isFetching }) => isFetching);
  return (
    <div ref={ref} className={classes.red}>
      <Chart title="Rate" series={rateLine} from={rate.data} unit="perSecond" error={rate.error} loading={isLoading(rate)} expression={rateQuery(choice, '5m')} />
      <Chart
        title="Errors"
        series={errorLine}
        from={rate.data}
        unit="ratio"
        error={rate.error ?? failed.error}
        loading={isLoading(rate, failed)}
        exemplars={failures}
        expression={`(${failedQuery(choice, '5m')}) / (${rateQuery(choice, '5m')})`}
      />
      <Chart title="Latency" series={latencyLines} from={p95.data} unit="seconds" error={p50.error ?? p95.error ?? p99.error} loading={isLoading(p50, p95, p99)} exemplars={all} expression={latencyQuery(choice, 0.95, '5m')} />
    </div>
  );
}

const always = () => true;

function line(key: string, name: string, colour: string, data: RangeResult | undefined): ChartSeries[] {
  const values = data?.frame.series[0]?.values;
  return values === undefined ? [] : [{ key, name, colour, values }];
}

interface ChartProps {
  title: string;
  series: readonly ChartSeries[];
  /** The answer that gives the times. */
  from: RangeResult | undefined;
  unit: Unit;
  error: Error | null;
  loading: boolean;
  exemplars?: readonly Exemplar[];
  /** The same question for Explore. */
  expression: string;
}

function Chart({ title, series, from, unit, error, loading, exemplars, expression }: ChartProps) {
  const { zoomTo, zoomBack } = useTimeRange();
  const latest = useCallback((one: ChartSeries): ReactNode => {
    const value = one.values.findLast((each) => each !== null);
    return value == null ? '–' : formatValue(value, unit);
  }, [unit]);
  return (
    <section className={`panel ${classes.chart}`} aria-label={title}>
      <PanelHead
        title={
          <Link to="/explore/metrics" search={{ q: expression }} title="Ask for it in Explore">
            {title}
          </Link>
        }
      >
        <span className={`num ${classes.legend}`}>
          {series.map((one) => (
            <span key={one.key}>
              <i style={{ background: one.colour }} aria-hidden />
              {series.length > 1 && one.name} <b>{latest(one)}</b>
            </span>
          ))}
        </span>
      </PanelHead>
      {error !== null && (
        <p className={classes.problem} role="alert">
          {messageOf(error)}
        </p>
      )}
      {from === undefined ? (
        error === null && <div className={`skeleton ${classes.waiting}`} style={{ height: CHART_PX - 16 }} />
      ) : series.length === 0 && error === null ? (
        <p className={classes.none} style={{ height: CHART_PX }}>
          {loading ? '' : 'Nothing in this time range'}
        </p>
      ) : (
        <div className="dim-while-loading" data-loading={loading || error !== null}>
          <TimeChart
            times={from.frame.times}
            series={series}
            startMs={from.startMs}
            endMs={from.endMs}
            unit={unit}
            height={CHART_PX}
            compact
            exemplars={exemplars}
            label={`${title} over time: ${series.map((one) => `${one.name} now ${String(latest(one))}`).join(', ')}`}
            onZoom={zoomTo}
            onZoomBack={zoomBack}
          />
        </div>
      )}
    </section>
  );
}
