import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { messageOf } from '../../api/http';
import { PanelHead } from '../../controls/PanelHead';
import { TimeChart } from '../../charts/TimeChart';
import type { ChartSeries } from '../../charts/TimeChart';
import { formatValue } from '../../format/units';
import type { Unit } from '../../format/units';
import { useRangeQuery } from '../../metrics/query/useRangeQuery';
import { SERIES_COLOURS } from '../../palette/palette';
import { useScheme } from '../../theme/useScheme';
import { useTimeRange } from '../../time/TimeRangeProvider';
import classes from './Host.module.css';

const CHART_PX = 112;
/** More values have no room beside the title; the chart's tooltip has them all. */
const MOST_VALUES = 2;

interface Props {
  title: string;
  /** One, or two that belong together. `name` is what is measured. */
  queries: readonly [{ expression: string; name: string }] | readonly [{ expression: string; name: string }, { expression: string; name: string }];
  unit: Unit;
  ceiling?: number;
  widthPx: number;
  /** The colour of each host, where there are several. */
  colours: ReadonlyMap<string, string>;
}

/** A small chart with its present value beside the title. */
export function HostChart({ title, queries, unit, ceiling, widthPx, colours }: Props) {
  const range = useTimeRange();
  const scheme = useScheme();
  const [one, other] = queries;
  const first = useRangeQuery(one.expression, widthPx);
  const second = useRangeQuery(other?.expression ?? '', widthPx);
  const error = first.error ?? second.error;
  const loading = first.isPending || (other !== undefined && second.isPending);

  const series = useMemo((): ChartSeries[] => {
    const parts = [
      { data: first.data, name: one.name },
      { data: second.data, name: other?.name ?? '' },
    ];
    return parts.flatMap(({ data, name }, part) => {
      return (data?.frame.series ?? []).map((line) => {
        const host = line.labels['instance'] ?? line.name;
        const several = (data?.frame.series.length ?? 0) > 1;
        const own = several ? colours.get(host) : undefined;
        // Of two things of one host the second is fainter; two things of the only host have colours of their own.
        const colour = own === undefined ? SERIES_COLOURS[scheme][part]! : part === 0 ? own : `${own}88`;
        return { key: `${name} ${line.key}`, name: several ? `${host} ${name}` : name, values: line.values, colour };
      });
    });
  }, [first.data, second.data, one.name, other?.name, scheme, colours]);

  const latest = series.map((line) => ({ name: line.name, colour: line.colour, value: line.values.findLast((value) => value !== null) ?? null }));
  return (
    <div className={`panel ${classes.chart}`} aria-busy={loading}>
      <PanelHead
        title={
          <Link to="/explore/metrics" search={{ q: queries.map((query) => query.expression) }} title="Open in Explore">
            {title}
          </Link>
        }
      >
        <span className={`num ${classes.latest}`}>
          {latest.slice(0, MOST_VALUES).map((line) => (
            <span key={line.name} title={line.name}>
              {series.length > 1 && <i style={{ background: line.colour }} aria-hidden />}
              {other !== undefined && series.length === 2 ? <span className="dimmed">{line.name} </span> : series.length > 1 && <span className="visually-hidden">{line.name} </span>}
              <b>{line.value === null ? '–' : formatValue(line.value, unit)}</b>
            </span>
          ))}
        </span>
      </PanelHead>
      {loading ? (
        <div className="skeleton" style={{ height: CHART_PX - 8, margin: '0 10px 8px' }} />
      ) : error !== null && series.length === 0 ? (
        <p className={classes.note} style={{ height: CHART_PX }} role="alert">
          {messageOf(error)}
        </p>
      ) : series.length === 0 ? (
        <p className={classes.note} style={{ height: CHART_PX }}>
          No host sends this yet
        </p>
      ) : (
        <TimeChart
          times={first.data!.frame.times}
          series={series}
          startMs={first.data!.startMs}
          endMs={first.data!.endMs}
          unit={unit}
          ceiling={ceiling ?? null}
          height={CHART_PX}
          compact
          label={`${title} over time`}
          onZoom={range.zoomTo}
          onZoomBack={range.zoomBack}
        />
      )}
    </div>
  );
}
