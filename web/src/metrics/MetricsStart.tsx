import { Link } from '@tanstack/react-router';
import { findQueries, useQueries } from '../query/history/queryStore';
import { useMetricNames } from './browser/useMetricNames';
import classes from './Metrics.module.css';

/** Questions that many have, offered as far as their metrics exist. */
const EXAMPLES: readonly { metric: string; asks: string; expression: string }[] = [
  { metric: 'http_server_request_duration_seconds_count', asks: 'Requests per second, by service', expression: 'sum by (job) (rate(http_server_request_duration_seconds_count[5m]))' },
  { metric: 'http_requests_total', asks: 'Requests per second, by job', expression: 'sum by (job) (rate(http_requests_total[5m]))' },
  { metric: 'node_cpu_seconds_total', asks: 'Processors in use, by mode', expression: 'sum by (mode) (rate(node_cpu_seconds_total{mode!="idle"}[5m]))' },
  { metric: 'node_memory_MemAvailable_bytes', asks: 'Memory that is available', expression: 'node_memory_MemAvailable_bytes' },
  { metric: 'node_network_receive_bytes_total', asks: 'Network traffic in, by device', expression: 'sum by (device) (rate(node_network_receive_bytes_total[5m]))' },
  { metric: 'up', asks: 'Which targets answer', expression: 'up' },
  { metric: 'process_resident_memory_bytes', asks: 'Memory of each process', expression: 'process_resident_memory_bytes' },
];

/** Before the first query: what to ask, and what was asked before. */
export function MetricsStart({ onPick }: { onPick: (expression: string) => void }) {
  const names = useMetricNames();
  const history = findQueries(useQueries(), 'metrics', '', false);
  const examples = EXAMPLES.filter((one) => names.data?.has(one.metric)).slice(0, 5);

  if (names.data?.size === 0) {
    return (
      <div className={`panel ${classes.startBlock}`}>
        <h2>No metrics in this time range</h2>
        <p className="dimmed">
          Choose a longer time range at the top, or see <Link to="/">on the home page</Link> how to send the first ones.
        </p>
      </div>
    );
  }
  return (
    <div className={classes.start}>
      <div className={`panel ${classes.startBlock}`}>
        <h2>Start with a question</h2>
        <ul className={classes.startList}>
          {examples.map(({ asks, expression }) => (
            <li key={expression}>
              <button type="button" onClick={() => onPick(expression)}>
                {asks}
                <code>{expression}</code>
              </button>
            </li>
          ))}
        </ul>
        <p className="dimmed">Or pick a metric from the list, or type: completion knows the names and labels that arrive.</p>
      </div>
      {history.length > 0 && (
        <div className={`panel ${classes.startBlock}`}>
          <h2>Run before</h2>
          <ul className={classes.startList}>
            {history.slice(0, 8).map(({ query: expression, name }) => (
              <li key={expression}>
                <button type="button" onClick={() => onPick(expression)}>
                  {name}
                  <code>{expression}</code>
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
