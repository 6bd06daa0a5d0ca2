import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useOpenTrace } from '../../app/split/useOpenTrace';
import { useIsSplit } from '../../app/split/useSplit';
import classes from './Logs.module.css';

/** Opens the trace, beside the lines where the page is split; the time range stays. */
export function TraceLink({ traceId, children }: { traceId: string; children: ReactNode }) {
  const isSplit = useIsSplit();
  const open = useOpenTrace();
  return (
    <Link
      to="/trace/$traceId"
      params={{ traceId }}
      search={{}}
      className={classes.traceLink}
      title={`Open trace ${traceId}`}
      onClick={(event) => {
        if (!isSplit || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        open(traceId);
      }}
    >
      {children}
    </Link>
  );
}
