import { useQuery } from '@tanstack/react-query';
import { receiverUrl } from '../../api/listeners';
import { useSources } from '../../app/useSources';
import { lokiLabelValues } from '../../api/loki';
import { SOURCE_LABELS } from '../query/lokiAnswer';
import { labelNames } from '../query/lokiApi';
import { selectorText } from '../query/logql';
import classes from './Logs.module.css';

interface Props {
  startMs: number;
  endMs: number;
  onQuery: (query: string) => void;
}

/** Before the first query: what there is to look at, one click away; or how to send something. */
export function LogsStart({ startMs, endMs, onQuery }: Props) {
  const { data: status } = useSources();
  const source = useQuery({
    queryKey: ['log-sources', startMs, endMs],
    queryFn: async ({ signal }) => {
      const names = await labelNames(startMs, endMs, signal);
      const label = SOURCE_LABELS.find((name) => names.includes(name)) ?? names[0] ?? null;
      return label ? { label, values: await lokiLabelValues(label, { startMs, endMs }, { signal }) } : null;
    },
    staleTime: 15_000,
    refetchInterval: (query) => (query.state.data ? false : 5000),
  });
  const matcher = (label: string, value: string) => selectorText([{ label, op: '=', value }]);
  if (source.isError) {
    return (
      <div className={`panel ${classes.start}`}>
        <h2>The labels could not be loaded</h2>
        <p className={classes.mono}>{source.error.message}</p>
        <p>A query can still be run above.</p>
      </div>
    );
  }
  if (source.isPending) return <div className={`panel ${classes.start}`} aria-busy="true" />;
  if (!source.data || source.data.values.length === 0) {
    return (
      <div className={`panel ${classes.start}`}>
        <h2>No logs in this range yet</h2>
        <p>Lines appear here as soon as they arrive. To send some, point an OpenTelemetry SDK here:</p>
        <pre>OTEL_EXPORTER_OTLP_ENDPOINT={receiverUrl('otlp', window.location.hostname, status)} OTEL_LOGS_EXPORTER=otlp node app.js</pre>
        <p>or push one by hand:</p>
        <pre>{`curl -H 'content-type: application/json' ${receiverUrl('loki', window.location.hostname, status)}/loki/api/v1/push \\
  -d '{"streams":[{"stream":{"app":"hello"},"values":[["'$(date +%s%N)'","first line"]]}]}'`}</pre>
      </div>
    );
  }
  const { label, values } = source.data;
  const all = `{${label}=~".+"}`;
  return (
    <div className={`panel ${classes.start}`}>
      <h2>What do you want to read?</h2>
      <div className={classes.chips}>
        {values.slice(0, 60).map((value) => (
          <button key={value} type="button" className={classes.chip} onClick={() => onQuery(matcher(label, value))}>
            {value}
          </button>
        ))}
      </div>
      <dl className={classes.examples}>
        {[
          ['All lines', all],
          ['Errors everywhere', `${all} |~ "(?i)error"`],
          ['One service, as JSON', `${matcher(label, values[0]!)} | json`],
          ['Lines a second, by source', `sum by (${label}) (rate(${all}[1m]))`],
        ].map(([title, query]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>
              <button type="button" onClick={() => onQuery(query!)}>
                <code>{query}</code>
              </button>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
