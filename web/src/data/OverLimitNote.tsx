import { IconAlertTriangle } from '@tabler/icons-react';
import type { SeriesOverLimit } from '../api/triptych';
import { formatCount } from '../format/number';
import classes from './Data.module.css';

/** Says that there are more series than the tenant's limit, and what that changes. */
export function OverLimitNote({ tenants }: { tenants: readonly SeriesOverLimit[] }) {
  return tenants.map(({ limit, overflowSeries, overflowSamples }) => (
    <p key={limit} className={classes.caution} role="status">
      <IconAlertTriangle size={18} stroke={1.6} aria-hidden />
      <span>
        <b>
          More series than the limit of <span className="num">{formatCount(limit)}</span>.
        </b>{' '}
        <span className="num">{formatCount(overflowSeries)}</span> further ones keep all their labels and samples (
        <span className="num">{formatCount(overflowSamples)}</span> since the start) and are found as before; they are only stored sooner. Explore metrics, by label, shows which
        label has many values; <code>ingest.max_active_series</code> is the limit.
      </span>
    </p>
  ));
}
