import { IconAlertTriangle, IconListDetails, IconTimelineEvent } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { messageOf } from '../../api/http';
import { quoted } from '../../api/quoted';
import { PanelHead } from '../../controls/PanelHead';
import { Sparkline } from '../../charts/Sparkline';
import { formatSeconds } from '../../format/duration';
import { formatPercent, formatSi } from '../../format/number';
import { colourOf } from '../../palette/palette';
import { useScheme } from '../../theme/useScheme';
import type { ServiceRow } from './serviceRows';
import classes from './Services.module.css';
import { useServices } from './useServices';

/** The services, worst first. */
export function ServicesPanel() {
  const { data, error, isPending } = useServices();
  const problem = error ?? data?.tracesError ?? data?.logsError ?? null;
  return (
    <section className={`panel ${classes.services}`} aria-label="Services" aria-busy={isPending}>
      <PanelHead title={<Link to="/service">Services</Link>}>{data && data.tracesLookedAt > 0 && <span className="num">errors and latency from the newest {data.tracesLookedAt} traces</span>}</PanelHead>
      {problem !== null && (
        <p className={classes.problem} role="alert">
          <IconAlertTriangle size={16} stroke={1.6} aria-hidden /> {data?.logsError === problem ? 'Without log lines: ' : data?.tracesError === problem ? 'Without traces: ' : ''}
          {messageOf(problem)}
        </p>
      )}
      {isPending ? (
        <div className={classes.waiting} aria-hidden>
          {Array.from({ length: 6 }, (_, i) => (
            <div key={i} className="skeleton" />
          ))}
        </div>
      ) : data === undefined || data.rows.length === 0 ? (
        problem === null && (
          <p className={classes.none}>
            <b>No service in this time range</b>
            <br />A service appears here with its first span or log line that names it (OTEL_SERVICE_NAME).
          </p>
        )
      ) : (
        <table className={classes.table}>
          <thead>
            <tr>
              <th>Service</th>
              <th className={classes.number}>Errors</th>
              <th className={classes.number} title="95th percentile of the traces that begin with the service">
                p95
              </th>
              <th className={`${classes.number} ${classes.lines}`}>Log lines</th>
              <th>
                <span className="visually-hidden">Links</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.rows.map((row) => (
              <Row key={row.name} row={row} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ row }: { row: ServiceRow }) {
  const scheme = useScheme();
  const hasErrors = row.errors > 0;
  const traces = { q: `{ resource.service.name = ${quoted(row.name)}${hasErrors ? ' && status = error' : ''} }` };
  const logs = { q: `{service_name=${quoted(row.name)}}` };
  return (
    <tr>
      <td>
        <i className={classes.swatch} style={{ background: colourOf(row.name, scheme) }} aria-hidden />
        {row.traces === null ? (
          <Link to="/explore/logs" search={logs} className={classes.name}>
            {row.name}
          </Link>
        ) : (
          <Link to="/service/$service" params={{ service: row.name }} search={{}} className={classes.name}>
            {row.name}
          </Link>
        )}
      </td>
      <td className={`num ${classes.number}`} title={row.spans > 0 ? `${row.errors} of ${row.spans} spans` : undefined}>
        {row.errorShare === null ? (
          <span className="dimmed">–</span>
        ) : (
          <span className={classes.share} data-bad={hasErrors}>
            {hasErrors ? <IconAlertTriangle size={14} stroke={1.7} aria-label="has errors:" /> : null}
            {formatPercent(row.errorShare)}
          </span>
        )}
      </td>
      <td className={`num ${classes.number}`}>{row.p95Seconds === null ? <span className="dimmed">–</span> : formatSeconds(row.p95Seconds)}</td>
      <td className={`num ${classes.number} ${classes.lines}`}>
        {row.lines === null || row.linesPerSecond === null ? (
          <span className="dimmed">–</span>
        ) : (
          <span className={classes.spark}>
            <Sparkline values={row.lines} width={72} height={18} colour="var(--mantine-color-dimmed)" fill={false} />
            <span>{formatSi(row.linesPerSecond, '/s')}</span>
          </span>
        )}
      </td>
      <td className={classes.links}>
        {row.traces !== null && (
          <Link to="/explore/traces" search={traces} aria-label={`Traces of ${row.name}`} title="Traces">
            <IconTimelineEvent size={16} stroke={1.6} />
          </Link>
        )}
        {row.lines !== null && (
          <Link to="/explore/logs" search={logs} aria-label={`Logs of ${row.name}`} title="Logs">
            <IconListDetails size={16} stroke={1.6} />
          </Link>
        )}
      </td>
    </tr>
  );
}
