import { SegmentedControl } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { receiverUrl } from '../api/listeners';
import { one, useUrlSearch } from '../app/search';
import { useOpenTrace } from '../app/split/useOpenTrace';
import { useSources } from '../app/useSources';
import controls from '../controls/Controls.module.css';
import { failureOf } from '../editor/failureOf';
import { formatBytes, formatCount } from '../format/number';
import { Elapsed } from '../query/Elapsed';
import { useAddToDashboard } from '../query/dashboard/useAddToDashboard';
import { rememberQuery } from '../query/history/queryStore';
import { useHistoryPanel } from '../query/history/useHistoryPanel';
import { statisticsOf } from '../query/inspect/statistics';
import { exchangeOf, useInspect } from '../query/inspect/useInspect';
import frame from '../query/Query.module.css';
import { QueryFailure } from '../query/QueryFailure';
import { PriceTag } from '../query/PriceTag';
import { RunButton } from '../query/RunButton';
import { useTimeRange } from '../time/TimeRangeProvider';
import { readTraceQL, writeTraceQL, EMPTY_BUILDER } from './search/builder';
import { BuilderRow } from './search/BuilderRow';
import { withDuration } from './search/heat';
import { HeatMap } from './search/HeatMap';
import { ResultTable } from './search/ResultTable';
import { Scatter } from './search/Scatter';
import { sortTraces, typedTraceId } from './search/searchAnswer';
import type { FoundTrace, TraceOrder } from './search/searchAnswer';
import { TraceqlField } from './search/TraceqlField';
import { searchTraces } from './traceApi';
import classes from './Traces.module.css';
import { TRACE_LIMITS, readTracesUrl, writeTracesUrl } from './url';
import type { TracesUrl } from './url';

/** /explore/traces: traces found by TraceQL, as points over time and as a table. The address is the state. */
export default function TracesExplore() {
  const [search, setUrl] = useUrlSearch();
  const open = useOpenTrace();
  const { startMs, endMs, tick, zoomTo, zoomBack, refreshNow } = useTimeRange();
  const url = useMemo(() => readTracesUrl(search), [search]);
  const [text, setText] = useState(url.query);
  const [idText, setIdText] = useState('');
  const queries = useQueryClient();
  useEffect(() => setText(url.query), [url.query]);

  const change = useCallback((patch: Partial<TracesUrl>) => setUrl(writeTracesUrl({ ...url, ...patch })), [setUrl, url]);
  const queryKey = ['trace-search', url.query, url.limit, startMs, endMs, tick];
  const found = useQuery({
    queryKey,
    queryFn: ({ signal }) => searchTraces({ query: url.query, startMs, endMs, limit: url.limit }, signal),
    placeholderData: keepPreviousData,
    retry: false,
  });

  const run = (query: string) => {
    const id = typedTraceId(query);
    if (id && query.trim().length >= 16) return open(id);
    setText(query);
    rememberQuery('traces', query);
    if (query !== url.query) change({ query });
    // Asked again is asked of what is there now.
    refreshNow();
  };
  const openFound = (trace: FoundTrace) => open(trace.traceId, url.query.trim() === '{ }' ? null : trace.firstMatch);
  const sortBy = (order: TraceOrder) => change({ order, isDescending: order === url.order ? !url.isDescending : true });

  const traces = useMemo(
    () => sortTraces(found.data?.traces ?? [], url.order, url.isDescending),
    [found.data, url.order, url.isDescending],
  );
  const builder = readTraceQL(text);
  const id = typedTraceId(idText);

  const showsHeat = one(search.plot) === 'heat';
  const openCell = (above: number, upTo: number, fromMs: number, toMs: number) => {
    const narrower = withDuration(url.query, above, upTo);
    setUrl({ ...(narrower === null ? {} : writeTracesUrl({ ...url, query: narrower })), plot: undefined, from: String(fromMs), to: String(toMs) });
  };

  const history = useHistoryPanel('traces', text, run);
  const toDashboard = useAddToDashboard({ signal: 'traces', queries: [url.query], type: 'table' });
  const inspect = useInspect({
    exchange: exchangeOf(found.error, found.data?.exchange),
    statistics: found.error === null ? statisticsOf(found.data?.statistics) : [],
    found: found.error === null && found.data ? [{ key: 'traces', name: 'Traces', value: formatCount(found.data.traces.length) }] : [],
  });
  const failure = useMemo(() => failureOf(found.error, text, url.query), [found.error, text, url.query]);

  return (
    <div className={frame.page}>
      <section className={`panel ${frame.panel}`} aria-label="Query">
        <div className={frame.row}>
          <TraceqlField value={text} onChange={setText} onRun={() => run(text)} startMs={startMs} endMs={endMs} failure={failure} />
          <RunButton running={found.isFetching} onRun={() => run(text)} onStop={() => void queries.cancelQueries({ queryKey })} />
        </div>
        <PriceTag language="traceql" query={text} startMs={startMs} endMs={endMs} />
        <div className={frame.options}>
          <BuilderRow
            builder={builder}
            startMs={startMs}
            endMs={endMs}
            onBuilder={(next, andRun) => {
              const query = writeTraceQL(next);
              setText(query);
              if (andRun) run(query);
            }}
            onReset={() => run(writeTraceQL(EMPTY_BUILDER))}
          />
          <select className={controls.select} aria-label="Most traces to find" value={url.limit} onChange={(e) => change({ limit: Number(e.currentTarget.value) })}>
            {[...new Set([...TRACE_LIMITS, url.limit])]
              .sort((a, b) => a - b)
              .map((limit) => (
                <option key={limit} value={limit}>
                  {limit} traces
                </option>
              ))}
          </select>
          {history.button}
          {toDashboard.button}
          {inspect.button}
          <form
            className={classes.byId}
            onSubmit={(event) => {
              event.preventDefault();
              if (id) open(id);
            }}
          >
            <input
              className={controls.input}
              value={idText}
              placeholder="Open by trace id"
              aria-label="Trace id"
              aria-invalid={idText !== '' && !id}
              spellCheck={false}
              onChange={(e) => setIdText(e.currentTarget.value)}
            />
            <button type="submit" className={controls.button} disabled={!id}>
              Open
            </button>
          </form>
        </div>
        {history.panel}
        {toDashboard.form}
        {inspect.panel}
        {found.isError && <QueryFailure error={found.error} expression={url.query} onRetry={() => run(url.query)} />}
      </section>
      {found.isError && !found.data ? null : (
        <section className={`panel ${frame.result}`} aria-label="Result" data-stale={found.isFetching || found.isError}>
          <div className={`num ${classes.resultHead}`} role="status">
            {found.isPending ? (
              <Elapsed />
            ) : (
              found.data && (
                <>
                  <span>
                    <b>{formatCount(traces.length)}</b> {traces.length === 1 ? 'trace' : 'traces'}
                  </span>
                  {traces.length === url.limit && <span className={classes.dim}>that is the limit, there may be more</span>}
                  <SegmentedControl
                    className={classes.plotChoice}
                    aria-label="What is drawn"
                    value={showsHeat ? 'heat' : 'traces'}
                    onChange={(plot) => setUrl({ plot: plot === 'heat' ? 'heat' : undefined }, { replace: true })}
                    data={[
                      { value: 'traces', label: 'Traces' },
                      { value: 'heat', label: 'Heat map' },
                    ]}
                  />
                  {found.data.inspectedBytes > 0 && <span className={classes.dim}>{formatBytes(found.data.inspectedBytes)} read</span>}
                </>
              )
            )}
          </div>
          {found.data && traces.length === 0 ? (
            <NoTraces query={url.query} onAll={() => run('{ }')} />
          ) : (
            <>
              {showsHeat ? <HeatMap query={url.query} startMs={startMs} endMs={endMs} tick={tick} onCell={openCell} /> : <Scatter traces={traces} startMs={startMs} endMs={endMs} onOpen={openFound} onZoom={zoomTo} onZoomBack={zoomBack} />}
              <ResultTable
                traces={traces}
                isPending={found.isPending}
                order={url.order}
                isDescending={url.isDescending}
                onSort={sortBy}
                onOpen={openFound}
                isLinkedToSpan={url.query.trim() !== '{ }'}
              />
            </>
          )}
        </section>
      )}
    </div>
  );
}

function NoTraces({ query, onAll }: { query: string; onAll: () => void }) {
  const isAll = query.trim() === '{ }';
  const { data: status } = useSources();
  return (
    <div className={classes.message}>
      <h3>{isAll ? 'No traces in this range yet' : 'No traces match'}</h3>
      {isAll ? (
        <>
          <p>
            Traces appear here a few seconds after the first span arrives. For an application with an OpenTelemetry SDK one variable is
            enough:
          </p>
          <pre>OTEL_EXPORTER_OTLP_ENDPOINT={receiverUrl('otlp', window.location.hostname, status)}</pre>
          <p>Or take a longer time range at the top right.</p>
        </>
      ) : (
        <>
          <p>
            <code>{query}</code> is understood, but no trace between the chosen times has a span like this.
          </p>
          <ul>
            <li>Take a longer time range at the top right.</li>
            <li>Names are compared exactly, case included; completion in the editor offers those that occur.</li>
          </ul>
          <button type="button" className={controls.button} onClick={onAll}>
            Show all traces
          </button>
        </>
      )}
    </div>
  );
}
