import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import classes from './Logs.module.css';

/** Opens the trace; the time range stays. */
export function TraceLink({ traceId, children }: { traceId: string; children: ReactNode }) {
  return (
    <Link to="/trace/$traceId" params={{ traceId }} search={{}} className={classes.traceLink} title={`Open trace ${traceId}`}>
      {children}
    </Link>
  );
}
