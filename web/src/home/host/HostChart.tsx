import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { messageOf } from '../../api/http';
import { TimeChart } from '../../charts/TimeChart';
import type { ChartSeries } from '../../charts/TimeChart';
import { formatValue } from '../../format/units';
import type { Unit } from '../../format/units';
import { useRangeQuery } from '../../metrics/query/useRangeQuery';
import { coloursOf, SERIES_COLOURS } from '../../palette/palette';
import { useScheme } from '../../theme/useScheme';
import { useTimeRange } from '../../time/TimeRangeProvider';
import classes from './Host.module.css';

const CHART_PX = 112;

interface Props {
  title: string;
  /** One, or two that belong together. `name` is what is measured. */
  queries: readonly [{ expression: string; name: string }] | readonly [{ expression: string; name: string }, { expression: string; name: string }];
  unit: Unit;
  ceiling?: number;
  widthPx: number;
}

/** A small chart with its present value beside the title. */
export function HostChart({ title, queries, unit, ceiling, widthPx }: Props) {
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
    const found = parts.flatMap(({ data, name }) => {
      const several = (data?.frame.series.length ?? 0) > 1;
      return (data?.frame.series ?? []).map((line) => ({ key: `${name} ${line.key}`, name: several ? `${line.labels['instance'] ?? line.name} ${name}` : name, values: line.values }));
    });
    const colours = found.length <= 2 ? SERIES_COLOURS[scheme] : coloursOf(found.map((line) => line.key), scheme);
    return found.map((line, i) => ({ ...line, colour: colours[i]! }));
  }, [first.data, second.data, one.name, other?.name, scheme]);

  const latest = series.slice(0, 2).map((line) => ({ name: line.name, colour: line.colour, value: line.values.findLast((value) => value !== null) ?? null }));
  return (
    <div className={`panel ${classes.chart}`} aria-busy={loading}>
      <header>
        <h3>
          <Link to="/explore/metrics" search={{ q: queries.map((query) => query.expression) }} title="Open in Explore">
            {title}
          </Link>
        </h3>
        <p className="num">
          {latest.map((line) => (
            <span key={line.name}>
              {series.length > 1 && <i style={{ background: line.colour }} aria-hidden />}
              {series.length > 1 && <span className="dimmed">{line.name} </span>}
              <b>{line.value === null ? '–' : formatValue(line.value, unit)}</b>
            </span>
          ))}
        </p>
      </header>
      {loading ? (
        <div className="skeleton" style={{ height: CHART_PX - 8, margin: '0 10px 8px' }} />
      ) : error !== null ? (
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
