import { IconPlugConnectedX } from '@tabler/icons-react';
import { useEffect } from 'react';
import { ApiError } from '../api/http';
import { recordArrivals } from './arrivals';
import classes from './Connection.module.css';
import { useSources } from './useSources';

/** Polls what arrives while any page is open. A line under the bar while the server does not answer; what is on the page stays. */
export function Connection() {
  const { data, dataUpdatedAt, error } = useSources();
  useEffect(() => {
    if (data) recordArrivals(data, dataUpdatedAt);
  }, [data, dataUpdatedAt]);
  if (!(error instanceof ApiError) || error.status !== 0) return null;
  return (
    <div className={classes.line} role="status">
      <IconPlugConnectedX size={16} stroke={1.6} aria-hidden />
      <span>The server does not answer. What you see is from before; this page goes on by itself when it is back.</span>
    </div>
  );
}
