import { IconAlertTriangle, IconListDetails, IconTimelineEvent } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { messageOf } from '../../api/http';
import { quoted } from '../../api/quoted';
import { Sparkline } from '../../charts/Sparkline';
import { PanelHead } from '../../controls/PanelHead';
import { colourOf } from '../../palette/palette';
import { Errors, Latency, Rate } from '../../services/figures';
import { walkRows } from '../../services/list/rowKeys';
import { sortServices } from '../../services/model/serviceList';
import type { ServiceSummary } from '../../services/model/serviceList';
import { useServiceList } from '../../services/model/useServiceList';
import { useScheme } from '../../theme/useScheme';
import classes from './Services.module.css';

/** The rest is a click away. */
const MOST_ROWS = 12;

/** The services, worst first. */
export function ServicesPanel() {
  const { data, error, isPending } = useServiceList();
  const problem = error ?? data?.logsError ?? null;
  const rows = sortServices(data?.services ?? [], 'worst', false);
  return (
    <section className={`panel ${classes.services}`} aria-label="Services" aria-busy={isPending}>
      <PanelHead title={<Link to="/service">Services</Link>}>{rows.length > MOST_ROWS && <Link to="/service">all {rows.length}</Link>}</PanelHead>
      {problem !== null && (
        <p className={classes.problem} role="alert">
          <IconAlertTriangle size={16} stroke={1.6} aria-hidden /> {error === null ? 'Without log lines: ' : ''}
          {messageOf(problem)}
        </p>
      )}
      {isPending ? (
        <div className={classes.waiting} aria-hidden>
          {Array.from({ length: 6 }, (_, i) => (
            <div key={i} className="skeleton" />
          ))}
        </div>
      ) : rows.length === 0 ? (
        problem === null && (
          <p className={classes.none}>
            <b>No service in this time range</b>
            <br />A service appears here with its first span or log line that names it (OTEL_SERVICE_NAME).
          </p>
        )
      ) : (
        <table className={classes.table} onKeyDown={walkRows}>
          <thead>
            <tr>
              <th>Service</th>
              <th className={classes.number} title="Requests a second that reach it">
                Rate
              </th>
              <th className={classes.number} title="Share of its requests that failed">
                Errors
              </th>
              <th className={classes.number} title="19 of 20 requests are faster">
                p95
              </th>
              <th>
                <span className="visually-hidden">Links</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((row) => (
              <Row key={row.name} row={row} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ row }: { row: ServiceSummary }) {
  const scheme = useScheme();
  const hasErrors = (row.errorShare ?? 0) > 0;
  return (
    <tr>
      <td>
        <i className={classes.swatch} style={{ background: colourOf(row.name, scheme) }} aria-hidden />
        <Link to="/service/$service" params={{ service: row.name }} search={{}} className={classes.name} data-row-link>
          {row.name}
        </Link>
      </td>
      <td className={`num ${classes.number}`}>
        <span className={classes.spark}>
          <span className={classes.line}>
            <Sparkline values={row.rateOverTime} width={72} height={18} colour="var(--mantine-color-dimmed)" fill={false} />
          </span>
          <span>
            <Rate value={row.rate} />
          </span>
        </span>
      </td>
      <td className={`num ${classes.number}`}>
        <Errors share={row.errorShare} />
      </td>
      <td className={`num ${classes.number}`}>
        <Latency value={row.p95} />
      </td>
      <td className={classes.links}>
        {row.rate !== null && (
          <Link
            to="/explore/traces"
            search={{ q: `{ resource.service.name = ${quoted(row.name)}${hasErrors ? ' && status = error' : ''} }` }}
            aria-label={`Traces of ${row.name}`}
            title={hasErrors ? 'Traces with errors' : 'Traces'}
          >
            <IconTimelineEvent size={16} stroke={1.6} />
          </Link>
        )}
        {row.linesPerSecond !== null && (
          <Link to="/explore/logs" search={{ q: `{service_name=${quoted(row.name)}}` }} aria-label={`Logs of ${row.name}`} title="Logs">
            <IconListDetails size={16} stroke={1.6} />
          </Link>
        )}
      </td>
    </tr>
  );
}
