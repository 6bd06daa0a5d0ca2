import type { ReactNode } from 'react';
import { PageLink } from '../../seam';
import classes from './Logs.module.css';

/** Opens the trace; the time range stays. */
export function TraceLink({ traceId, children }: { traceId: string; children: ReactNode }) {
  return (
    <PageLink to={`/trace/${traceId}`} className={classes.traceLink} title={`Open trace ${traceId}`}>
      {children}
    </PageLink>
  );
}
