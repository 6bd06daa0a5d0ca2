import { IconChevronDown, IconChevronRight, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { messageOf } from '../../api/http';
import { seriesOf } from '../../api/prometheus';
import { formatCount } from '../../format/number';
import { Elapsed } from '../../query/Elapsed';
import type { LabelMatch } from '../../query/builder/tokens';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { selectorOf } from '../builder/promqlModel';
import { labelCardinalities } from './cardinality';
import classes from './MetricLabels.module.css';

/** More series are not looked at: shares of so many say enough. */
const MOST_SERIES = 10_000;
const MOST_VALUES = 100;

interface Props {
  metric: string;
  /** A value was chosen: the metric with it as its filter. */
  onPick: (filters: readonly LabelMatch[]) => void;
  onClose: () => void;
}

/** The labels of a metric in the time range: how many values each has, and how many series each value. */
export function MetricLabels({ metric, onPick, onClose }: Props) {
  const { startMs, endMs } = useTimeRange();
  const [open, setOpen] = useState<string | null>(null);
  const series = useQuery({
    queryKey: ['metric-series', metric, Math.floor(startMs / 60_000), Math.floor(endMs / 60_000)],
    staleTime: 60_000,
    retry: false,
    queryFn: ({ signal }) => seriesOf({ match: [selectorOf({ metric, filters: [] })], startMs, endMs, limit: MOST_SERIES }, { signal }),
  });
  const labels = useMemo(() => labelCardinalities(series.data ?? []), [series.data]);
  const isCut = series.data?.length === MOST_SERIES;
  return (
    <section className={classes.labels} aria-label={`Labels of ${metric}`}>
      <div className={classes.head}>
        <b className="mono ellipsis" title={metric}>
          {metric}
        </b>
        <button type="button" className={classes.close} onClick={onClose} aria-label="Close the labels">
          <IconX size={14} stroke={1.8} aria-hidden />
        </button>
      </div>
      {series.isPending && <p className={classes.note}><Elapsed /></p>}
      {series.isError && (
        <p className={classes.note} role="alert">
          {messageOf(series.error)}
        </p>
      )}
      {series.data && (
        <p className={`num ${classes.note}`}>
          {isCut ? `The first ${formatCount(MOST_SERIES)} series` : `${formatCount(series.data.length)} series`} in this time range
        </p>
      )}
      <ul className={classes.list}>
        {labels.map(({ label, values }) => (
          <li key={label}>
            <button type="button" className={classes.label} aria-expanded={open === label} onClick={() => setOpen(open === label ? null : label)}>
              {open === label ? <IconChevronDown size={12} stroke={2} aria-hidden /> : <IconChevronRight size={12} stroke={2} aria-hidden />}
              <span className="mono ellipsis">{label}</span>
              <span className="num dimmed">{values.length === 1 ? '1 value' : `${formatCount(values.length)} values`}</span>
            </button>
            {open === label && (
              <ul className={classes.values}>
                {values.slice(0, MOST_VALUES).map(({ value, seriesCount }) => (
                  <li key={value}>
                    <button type="button" className={classes.value} onClick={() => onPick([{ label, op: '=', value }])} title={`Show ${metric} with ${label}="${value}"`}>
                      <span className={classes.bar} style={{ width: `${(seriesCount / values[0]!.seriesCount) * 100}%` }} aria-hidden />
                      <span className="mono ellipsis">{value}</span>
                      <span className="num dimmed">{formatCount(seriesCount)}</span>
                    </button>
                  </li>
                ))}
                {values.length > MOST_VALUES && <li className={classes.note}>and {formatCount(values.length - MOST_VALUES)} more</li>}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
