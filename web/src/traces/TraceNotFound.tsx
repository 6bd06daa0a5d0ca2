import { Link } from '@tanstack/react-router';
import controls from '../controls/Controls.module.css';
import classes from './Traces.module.css';

/** Says what may be the matter, the most frequent cause first. */
export function TraceNotFound({ traceId, onRetry }: { traceId: string; onRetry: () => void }) {
  return (
    <div className={classes.message}>
      <h3>Trace not found</h3>
      <p>
        No span with the id <span className={classes.mono}>{traceId}</span> is stored here. What to check:
      </p>
      <ul>
        <li>
          <b>Is it too young?</b> SDKs send spans in batches, up to 5 s after they end.
        </li>
        <li>
          <b>Was it sampled?</b> A log line names its trace even when the SDK or a collector decided not to send it. Look at{' '}
          <code>OTEL_TRACES_SAMPLER</code>.
        </li>
        <li>
          <b>Is it too old?</b> Spans beyond the retention of traces are deleted.
        </li>
        <li>
          <b>Do spans arrive at all?</b> The <Link to="/data">Data page</Link> shows what arrives, and what was refused and why.
        </li>
        {!/^[0-9a-f]{32}$/i.test(traceId) && (
          <li>
            <b>Is the id whole?</b> Trace ids have 32 hexadecimal digits; this one has {traceId.length} characters. Shorter ids are taken as
            if they had zeros in front.
          </li>
        )}
      </ul>
      <div className={classes.messageButtons}>
        <button type="button" className={controls.button} onClick={onRetry}>
          Look again
        </button>
        <Link to="/explore/traces">Search for traces</Link>
        <Link to="/explore/logs" search={{ q: `{service_name=~".+"} |= "${traceId}"` }}>
          Find logs with this id
        </Link>
      </div>
    </div>
  );
}
