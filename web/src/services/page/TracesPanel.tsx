import { SegmentedControl } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { messageOf } from '../../api/http';
import { one, useUrlSearch } from '../../app/search';
import { PanelHead } from '../../controls/PanelHead';
import { formatNanos } from '../../format/duration';
import { formatDateTime } from '../../format/time';
import { shortTraceId } from '../../format/traceId';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { sortTraces } from '../../traces/search/searchAnswer';
import { searchTraces } from '../../traces/traceApi';
import { walkRows } from '../list/rowKeys';
import { traceQuery } from '../model/traceQuery';
import type { TraceChoice } from '../model/traceQuery';
import shared from '../Services.module.css';
import { Waiting } from './OperationsPanel';
import classes from './ServicePage.module.css';

const SHOWN = 8;
/** Of as many the slowest are shown: a search answers with the newest. */
const LOOKED_AT = 100;

interface Props {
  service: string;
  operation: string | undefined;
  /** Seconds; what is slower counts as slow. */
  p95: number | null;
}

const NONE: Readonly<Record<TraceChoice, string>> = {
  newest: 'No trace in this time range',
  slowest: 'No trace slower than the 95th percentile in this time range',
  errors: 'No trace with an error in this time range',
};

/** Traces of the service: the newest, the slowest, those with errors. */
export function TracesPanel({ service, operation, p95 }: Props) {
  const { startMs, endMs, tick } = useTimeRange();
  const [search, patch] = useUrlSearch();
  const choice: TraceChoice = one(search.traces) === 'slowest' || one(search.traces) === 'errors' ? (one(search.traces) as TraceChoice) : 'newest';
  const query = traceQuery(choice, service, operation, p95);
  const { data, error, isPending, isFetching } = useQuery({
    queryKey: ['service-traces', query, startMs, endMs, tick],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => searchTraces({ query, startMs, endMs, limit: choice === 'slowest' ? LOOKED_AT : SHOWN }, signal),
  });
  const traces = sortTraces(data?.traces ?? [], choice === 'slowest' ? 'duration' : 'start', true).slice(0, SHOWN);
  return (
    <section className={`panel ${classes.panel}`} aria-label="Traces" aria-busy={isPending}>
      <PanelHead
        title={
          <Link to="/explore/traces" search={{ q: query }} title="All of them in Explore">
            Traces
          </Link>
        }
      >
        <SegmentedControl
          aria-label="Which traces"
          value={choice}
          onChange={(next) => patch({ traces: next === 'newest' ? undefined : next }, { replace: true })}
          data={[
            { value: 'newest', label: 'Newest' },
            { value: 'slowest', label: 'Slowest' },
            { value: 'errors', label: 'Errors' },
          ]}
        />
      </PanelHead>
      {error !== null && (
        <p className={classes.problem} role="alert">
          {messageOf(error)}
        </p>
      )}
      {isPending ? (
        <Waiting />
      ) : traces.length === 0 ? (
        error === null && <p className={classes.none}>{NONE[choice]}</p>
      ) : (
        <div className="dim-while-loading" data-loading={isFetching}>
          <table className={shared.table} onKeyDown={walkRows}>
            <thead>
              <tr>
                <th>Begins with</th>
                <th className={shared.number}>Duration</th>
                <th className={`${shared.number} ${shared.wide}`}>Spans</th>
                <th className={shared.number}>Errors</th>
                <th className={`${shared.number} ${shared.wide}`}>Start</th>
              </tr>
            </thead>
            <tbody>
              {traces.map((trace) => (
                <tr key={trace.traceId}>
                  <td className={shared.nameCell}>
                    <Link to="/trace/$traceId" params={{ traceId: trace.traceId }} search={trace.firstMatch ? { span: trace.firstMatch } : {}} className={shared.name} data-row-link>
                      {trace.rootName === '' ? shortTraceId(trace.traceId) : trace.rootName}
                    </Link>{' '}
                    <span className="dimmed">{trace.rootService}</span>
                  </td>
                  <td className={`num ${shared.number}`}>{formatNanos(trace.durationMs * 1e6)}</td>
                  <td className={`num ${shared.number} ${shared.wide}`}>{trace.spanCount ?? '–'}</td>
                  <td className={`num ${shared.number}`}>{trace.errorCount > 0 ? <span className={shared.errors}>! {trace.errorCount}</span> : <span className="dimmed">0</span>}</td>
                  <td className={`num dimmed ${shared.number} ${shared.wide}`}>{formatDateTime(trace.startMs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
