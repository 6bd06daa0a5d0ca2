import { IconAlertTriangle } from '@tabler/icons-react';
import { formatSeconds } from '../format/duration';
import { formatPercent, formatSi } from '../format/number';
import classes from './Services.module.css';

/** Figures as they stand in every table of services; a dash for what is not known. */

const NONE = <span className="dimmed">–</span>;

export function Rate({ value }: { value: number | null }) {
  return value === null ? NONE : <>{formatSi(value, '/s')}</>;
}

export function Latency({ value }: { value: number | null }) {
  return value === null ? NONE : <>{formatSeconds(value)}</>;
}

/** A share of errors: quiet at zero, else with a sign beside its colour. */
export function Errors({ share }: { share: number | null }) {
  if (share === null) return NONE;
  if (share === 0) return <span className="dimmed">{formatPercent(0)}</span>;
  return (
    <span className={classes.errors}>
      <IconAlertTriangle size={13} stroke={1.8} aria-label="errors:" />
      {share < 0.0001 ? `< ${formatPercent(0.0001)}` : formatPercent(share)}
    </span>
  );
}
