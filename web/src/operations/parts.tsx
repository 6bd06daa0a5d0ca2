import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { messageOf } from '../api/http';
import type { RequestOptions } from '../api/http';
import { PanelHead } from '../controls/PanelHead';
import { formatBytes, formatPercent } from '../format/number';
import classes from './Operations.module.css';

/** Asks again and again while the page is there. What was answered stays while the next answer is on its way, or fails. */
export function usePolled<T>(key: readonly unknown[], ask: (options: RequestOptions) => Promise<T>, everyMs: number) {
  return useQuery({ queryKey: ['operations', ...key], queryFn: ({ signal }) => ask({ signal }), refetchInterval: everyMs, staleTime: 0, placeholderData: (before) => before });
}

interface Asked<T> {
  data: T | undefined;
  error: Error | null;
}

interface PanelProps<T> {
  title: string;
  /** What there is to say at the right of the title. */
  aside?: ReactNode;
  asked: Asked<T>;
  /** Rows of the skeleton. */
  rows?: number;
  children: (data: T) => ReactNode;
}

/** A panel over an answer: a skeleton until it is there, and what went wrong where it is not. */
export function AskedPanel<T>({ title, aside, asked, rows = 4, children }: PanelProps<T>) {
  const { data, error } = asked;
  return (
    <section className={`panel ${classes.panel}`} aria-label={title} aria-busy={data === undefined && error === null}>
      <PanelHead title={title}>{aside}</PanelHead>
      {error !== null && (
        <p className={classes.note} role="alert">
          <span className={classes.state} data-state="bad">
            <IconAlertTriangle size={16} stroke={1.6} aria-hidden /> {messageOf(error)}
          </span>
        </p>
      )}
      {data !== undefined ? children(data) : error === null && <Waiting rows={rows} />}
    </section>
  );
}

function Waiting({ rows }: { rows: number }) {
  return (
    <div className={classes.waiting} aria-hidden>
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className="skeleton" />
      ))}
    </div>
  );
}

/** How much of a limit is used, as a bar; of a progress, to be full is good. */
export function Meter({ used, limit, label, isProgress = false }: { used: number; limit: number; label: string; isProgress?: boolean }) {
  const share = limit > 0 ? Math.min(1, Math.max(0, used / limit)) : isProgress ? 1 : 0;
  const level = isProgress || share < 0.8 ? 'fine' : share < 0.95 ? 'high' : 'full';
  return (
    <span
      className={classes.meter}
      data-level={level}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={limit}
      aria-valuenow={Math.min(used, limit)}
      aria-valuetext={`${formatBytes(used)} of ${formatBytes(limit)}, ${formatPercent(share)}`}
      title={`${formatBytes(used)} of ${formatBytes(limit)}, ${formatPercent(share)}`}
    >
      <i style={{ width: `${share * 100}%` }} />
    </span>
  );
}

/** A figure with its name. */
export function Fact({ name, children, large = false }: { name: string; children: ReactNode; large?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={large ? `num ${classes.figure}` : 'num'}>{children}</dd>
    </div>
  );
}
