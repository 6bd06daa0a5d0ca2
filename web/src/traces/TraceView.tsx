import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { one, useUrlSearch } from '../app/search';
import { formatNanos } from '../format/duration';
import { CompareView } from './compare/CompareView';
import { FlameView } from './flame/FlameView';
import { criticalPath } from './model/criticalPath';
import type { Trace } from './model/decode';
import { selfTimes } from './model/selfTime';
import { buildTree, isMarker } from './model/tree';
import { usePaintColours } from './paintColours';
import { SpanPanel } from './panel/SpanPanel';
import { typedTraceId } from './search/searchAnswer';
import { fetchTrace } from './traceApi';
import { logTicksOf, useTraceLogs } from './traceLogs';
import { TraceNotFound } from './TraceNotFound';
import controls from '../controls/Controls.module.css';
import classes from './Traces.module.css';
import { TraceSummary } from './TraceSummary';
import type { TraceViewKind } from './TraceSummary';
import { readTraceUrl } from './url';
import type { TraceShape } from './waterfall/paint';
import { timeAxis } from './waterfall/timeAxis';
import { Waterfall } from './waterfall/Waterfall';

const TraceGraphView = lazy(() => import('./graph/TraceGraphView'));

/** /trace/{id}: one trace as a waterfall, with the details of a span at its side. */
export default function TraceView() {
  return <TraceOf written={useParams({ from: '/trace/$traceId' }).traceId} />;
}

/** A trace by its id as someone wrote it. */
export function TraceOf({ written: asWritten }: { written: string }) {
  const written = asWritten.trim().toLowerCase();
  // Tempo's search leaves out zeros in front; log lines hold the whole id.
  const traceId = typedTraceId(written) ?? written;
  const loaded = useQuery({
    queryKey: ['trace', traceId],
    queryFn: ({ signal }) => fetchTrace(traceId, signal),
    // A trace may still be growing, but what is on screen should not move by itself.
    staleTime: Infinity,
    retry: false,
  });
  if (loaded.isPending) return <TraceSkeleton traceId={traceId} />;
  if (loaded.data === undefined) {
    return (
      <div className={classes.message} role="alert">
        <h3>The trace could not be loaded</h3>
        <p>{loaded.error.message}</p>
        <button type="button" className={controls.button} onClick={() => void loaded.refetch()}>
          Try again
        </button>
      </div>
    );
  }
  if (loaded.data === null) return <TraceNotFound traceId={traceId} onRetry={() => void loaded.refetch()} />;
  return (
    <LoadedTrace
      key={`${traceId} ${loaded.dataUpdatedAt}`}
      trace={loaded.data}
      onReload={() => void loaded.refetch()}
      isReloading={loaded.isFetching}
      reloadError={loaded.error}
    />
  );
}

const NO_TICKS: ReadonlyMap<number, readonly number[]> = new Map();

function LoadedTrace({ trace, onReload, isReloading, reloadError }: { trace: Trace; onReload: () => void; isReloading: boolean; reloadError: Error | null }) {
  const [search, setUrl] = useUrlSearch();
  const url = readTraceUrl(search);
  const colours = usePaintColours(trace.services);
  const [foldGaps, setFoldGaps] = useState(true);
  const analysed = useMemo(() => {
    const tree = buildTree(trace);
    return { trace, tree, path: criticalPath(tree), selfNanos: selfTimes(tree) };
  }, [trace]);
  const axis = useMemo(() => timeAxis(trace, analysed.tree, foldGaps), [trace, analysed, foldGaps]);
  const shape = useMemo<TraceShape>(() => ({ ...analysed, axis }), [analysed, axis]);
  const logs = useTraceLogs(trace);
  const logTicks = useMemo(() => (logs.data ? logTicksOf(trace, logs.data) : NO_TICKS), [trace, logs.data]);

  const selectedIndex = url.spanId === null ? -1 : trace.spanId.indexOf(url.spanId);
  const selected = selectedIndex === -1 ? null : selectedIndex;
  const select = useCallback(
    (node: number | null) =>
      setUrl({ span: node === null || isMarker(analysed.tree, node) ? undefined : trace.spanId[node] }, { replace: true }),
    [setUrl, trace, analysed],
  );
  const view = viewOf(one(search.view));
  const compareWith = typedTraceId(one(search.with));
  const setView = (next: TraceViewKind) => setUrl({ view: next === 'waterfall' ? undefined : next, with: next === 'compare' ? search.with : undefined }, { replace: true });
  const hasGaps = useMemo(() => timeAxis(trace, analysed.tree).pieces.length > 1, [trace, analysed]);

  return (
    <div className={classes.trace}>
      <TraceSummary
        shape={shape}
        logs={logs.data}
        colours={colours}
        onReload={onReload}
        isReloading={isReloading}
        view={view}
        onView={setView}
        foldGaps={hasGaps && view === 'waterfall' ? foldGaps : null}
        onFoldGaps={setFoldGaps}
      />
      {reloadError !== null && (
        <div className={classes.warning} role="alert">
          Not reloaded: {reloadError.message}
        </div>
      )}
      {url.spanId !== null && selected === null && <div className={classes.warning}>Span {url.spanId} is not in this trace.</div>}
      <div className={classes.split}>
        {view === 'flame' ? (
          <FlameView shape={shape} colours={colours} onSelect={select} />
        ) : view === 'graph' ? (
          <Suspense fallback={<div className="skeleton" style={{ flex: 1 }} aria-busy />}>
            <TraceGraphView shape={shape} onSelect={select} />
          </Suspense>
        ) : view === 'compare' ? (
          <CompareView shape={shape} otherId={compareWith} onOther={(traceId) => setUrl({ with: traceId ?? undefined })} />
        ) : (
          <Waterfall
            key={String(foldGaps)}
            shape={shape}
            colours={colours}
            durationText={formatNanos}
            selected={selected}
            onSelect={select}
            logTicks={logTicks}
          />
        )}
        {selected !== null && (
          <SpanPanel
            key={selected}
            shape={shape}
            node={selected}
            colour={colours.service[trace.service[selected]!]!}
            durationText={formatNanos}
            logs={{ rows: logs.data, error: logs.error, isPending: logs.isPending }}
            onSelect={select}
            onClose={() => select(null)}
          />
        )}
      </div>
    </div>
  );
}

function viewOf(text: string): TraceViewKind {
  return text === 'flame' || text === 'graph' || text === 'compare' ? text : 'waterfall';
}

/** Has the size of what replaces it. */
function TraceSkeleton({ traceId }: { traceId: string }) {
  return (
    <div className={classes.trace} aria-busy="true">
      <div className={classes.summary}>
        <div className={classes.title}>
          <h2 className={classes.dim}>Loading trace</h2>
          <span className={classes.mono}>{traceId}</span>
        </div>
      </div>
      <div className={classes.skeleton}>
        {Array.from({ length: 14 }, (_, i) => (
          <div key={i} style={{ marginLeft: `${(i * 37) % 40}%`, width: `${20 + ((i * 53) % 40)}%` }} />
        ))}
      </div>
    </div>
  );
}
