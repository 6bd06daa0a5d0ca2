import { IconPlugConnectedX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTimeRange } from '../time/TimeRangeProvider';
import { recordArrivals } from './arrivals';
import classes from './Connection.module.css';
import { isUnreachable, useSources } from './useSources';

/** Polls what arrives while any page is open. A line under the bar while the server does not answer; what is on the page stays. */
export function Connection() {
  const { data, dataUpdatedAt, error } = useSources();
  useEffect(() => {
    if (data) recordArrivals(data, dataUpdatedAt);
  }, [data, dataUpdatedAt]);
  const unreachable = isUnreachable(error);
  const queries = useQueryClient();
  const { refreshNow } = useTimeRange();
  const wasUnreachable = useRef(false);
  // Back again: what failed meanwhile is asked anew.
  useEffect(() => {
    if (wasUnreachable.current && !unreachable) {
      void queries.invalidateQueries({ predicate: (query) => query.state.status === 'error' });
      refreshNow();
    }
    wasUnreachable.current = unreachable;
  }, [unreachable, queries, refreshNow]);
  if (!unreachable) return null;
  return (
    <div className={classes.line} role="status">
      <IconPlugConnectedX size={16} stroke={1.6} aria-hidden />
      <span>The server does not answer. What you see is from before. Start it with <code>./triptych</code>; this page goes on by itself when it is back.</span>
    </div>
  );
}
