import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { messageOf } from '../../api/http';
import { quoted } from '../../api/quoted';
import { PanelHead } from '../../controls/PanelHead';
import { formatClock, formatDateTime } from '../../format/time';
import { summaryOf } from '../../logs/parse/summary';
import { traceIdOf } from '../../logs/parse/traceIds';
import { logRows } from '../../logs/query/lokiAnswer';
import { nanos, queryLogs } from '../../logs/query/lokiApi';
import { LEVEL_COLOURS, LEVEL_NAMES } from '../../logs/view/levelColours';
import { TraceLink } from '../../logs/view/TraceLink';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { Waiting } from './OperationsPanel';
import classes from './ServicePage.module.css';

const SHOWN = 12;

/** The newest lines of the service. */
export function LinesPanel({ service }: { service: string }) {
  const { startMs, endMs, tick } = useTimeRange();
  const query = `{service_name=${quoted(service)}}`;
  const { data, error, isPending, isFetching } = useQuery({
    queryKey: ['service-lines', service, startMs, endMs, tick],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const { data: found } = await queryLogs({ query, startNanos: nanos(startMs), endNanos: nanos(endMs), limit: SHOWN, direction: 'backward' }, signal);
      return found.resultType === 'streams' ? logRows(found.result, 'backward') : [];
    },
  });
  return (
    <section className={`panel ${classes.panel}`} aria-label="Logs" aria-busy={isPending}>
      <PanelHead
        title={
          <Link to="/explore/logs" search={{ q: query }} title="All of them in Explore">
            Logs
          </Link>
        }
      >
        {data !== undefined && data.length > 0 && <span>newest {data.length} lines</span>}
      </PanelHead>
      {error !== null && (
        <p className={classes.problem} role="alert">
          {messageOf(error)}
        </p>
      )}
      {isPending ? (
        <Waiting />
      ) : data === undefined ? null : data.length === 0 ? (
        <p className={classes.none}>
          No line has <code>service_name</code> = <code>{service}</code>. Lines over OTLP have it from OTEL_SERVICE_NAME; tailed files take it from <code>labels</code>.
        </p>
      ) : (
        <ol className={`dim-while-loading ${classes.lines}`} data-loading={isFetching}>
          {data.map((row, i) => {
            const traceId = traceIdOf(row.line, row.metadata, row.parsed, row.stream);
            const summary = summaryOf(row.line);
            return (
              <li key={i} style={{ borderLeftColor: LEVEL_COLOURS[row.level] }} title={`${formatDateTime(row.timestampMs, true)} ${LEVEL_NAMES[row.level]}`}>
                <span className="dimmed">{formatClock(row.timestampMs)}</span> <span className="ellipsis">{summary?.message ?? row.line.slice(0, 400)}</span>
                {traceId !== null && <TraceLink traceId={traceId}>trace</TraceLink>}
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
}
