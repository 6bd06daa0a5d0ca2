import { SegmentedControl } from '@mantine/core';
import { useLocalStorage, useMediaQuery } from '@mantine/hooks';
import { IconAlertCircle, IconArrowDown, IconArrowUp, IconBroadcast, IconForms, IconListSearch, IconSparkles, IconTable, IconTextWrap } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { useUrlSearch } from '../app/search';
import { ApiError } from '../api/http';
import controls from '../controls/Controls.module.css';
import { failureOf } from '../editor/failureOf';
import { formatNanos } from '../format/duration';
import { formatBytes, formatCount } from '../format/number';
import { formatClock, formatDateTime } from '../format/time';
import { Elapsed } from '../query/Elapsed';
import { useAddToDashboard } from '../query/dashboard/useAddToDashboard';
import { rememberQuery } from '../query/history/queryStore';
import { useHistoryPanel } from '../query/history/useHistoryPanel';
import { statisticsOf } from '../query/inspect/statistics';
import { exchangeOf, useInspect } from '../query/inspect/useInspect';
import { QueryFailure } from '../query/QueryFailure';
import { PriceTag } from '../query/PriceTag';
import { RunButton } from '../query/RunButton';
import frame from '../query/Query.module.css';
import { useTimeRange } from '../time/TimeRangeProvider';
import { FieldPanel } from './fields/FieldPanel';
import { fieldStatistics } from './fields/fieldStatistics';
import { LiveLines } from './live/LiveLines';
import { useLiveTail } from './live/useLiveTail';
import { LabelBrowser } from './editor/LabelBrowser';
import { LogqlField } from './editor/LogqlField';
import { PatternList } from './patterns/PatternList';
import { queryKind, selectorFor, selectorText, lineNeedles, withFieldFilter, withLineFilter, withPatternFilter } from './query/logql';
import { distinguishingLabel } from './query/lokiAnswer';
import type { LogRow } from './query/lokiAnswer';
import { useLogLines } from './query/useLogLines';
import type { LinesRequest } from './query/useLogLines';
import { useVolume } from './query/useVolume';
import { volumeStepMs } from './query/volume';
import { LOG_LIMITS, readLogsUrl, writeLogsUrl } from './url';
import type { LineView, LogsUrl } from './url';
import { LogList } from './view/LogList';
import type { RowActions } from './view/LogList';
import classes from './view/Logs.module.css';
import { LogsStart } from './view/LogsStart';
import { MatrixChart } from './view/MatrixChart';
import { VolumeChart } from './view/VolumeChart';
import { VolumeLegend } from './view/VolumeLegend';

const LogsBuilder = lazy(() => import('./builder/LogsBuilder'));

const MATRIX_POINTS = 240;
/** How far "lines around this one" looks to each side. */
const CONTEXT_MS = 60_000;

/** /explore/logs: a LogQL query, the lines it finds, and how many there are over time. The address is the state. */
export default function LogsExplore() {
  const [search, setUrl] = useUrlSearch();
  const { startMs, endMs, tick, zoomTo, zoomBack, refreshNow } = useTimeRange();
  const url = useMemo(() => readLogsUrl(search), [search]);
  const [text, setText] = useState(url.query);
  const [isBrowsing, setBrowsing] = useState(false);
  const [isBuilding, setBuilding] = useLocalStorage({ key: 'triptych.builder.logs', defaultValue: false, getInitialValueInEffect: false });
  const isNarrow = useMediaQuery(NARROW, false, { getInitialValueInEffect: false });

  // The address changes by links and by going back, too.
  useEffect(() => setText(url.query), [url.query]);

  const change = useCallback((patch: Partial<LogsUrl>) => setUrl(writeLogsUrl({ ...url, ...patch })), [setUrl, url]);

  const isLog = queryKind(url.query) === 'log';
  const isLive = url.live && isLog;
  const tail = useLiveTail(isLive ? url.query : null);

  const request = useMemo<LinesRequest | null>(
    () =>
      queryKind(url.query) === 'empty' || isLive
        ? null
        : {
            query: url.query,
            startMs,
            endMs,
            limit: url.limit,
            direction: url.direction,
            stepMs: volumeStepMs(endMs - startMs, MATRIX_POINTS),
          },
    // A refresh runs the same query again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [url.query, url.limit, url.direction, isLive, startMs, endMs, tick],
  );
  const lines = useLogLines(request);
  const volume = useVolume(lines, request);
  const { result } = lines;

  const run = useCallback(
    (query: string) => {
      setText(query);
      rememberQuery('logs', query);
      if (query !== url.query) change({ query });
      // Asked again is asked of what is there now.
      refreshNow();
    },
    [change, refreshNow, url.query],
  );

  const actions = useMemo<RowActions>(
    () => ({
      filter: (place, label, value, isWanted) => run(withFieldFilter(url.query, place, label, value, isWanted)),
      filterLine: (part, isWanted) => run(withLineFilter(url.query, part, isWanted)),
      showContext: (row) => {
        const matchers = Object.entries(row.stream).map(([label, value]) => ({ label, op: '=' as const, value }));
        const range = { from: String(row.timestampMs - CONTEXT_MS), to: String(row.timestampMs + CONTEXT_MS) };
        setUrl({ ...writeLogsUrl({ ...url, query: selectorText(matchers), live: false }), ...range });
      },
    }),
    [run, setUrl, url],
  );

  const filterPattern = (pattern: string, isWanted: boolean) => {
    const query = withPatternFilter(url.query, pattern, isWanted);
    setText(query);
    // Back to the lines, which are what was asked for.
    change({ query, patterns: false });
  };

  const fieldNames = useMemo(() => knownFields(result?.rows ?? NO_ROWS), [result]);
  const needles = useMemo(() => lineNeedles(url.query), [url.query]);
  const timeText = useMemo(() => rowTime(endMs - startMs), [startMs, endMs]);
  const sourceLabel = useMemo(() => distinguishingLabel(result?.rows ?? NO_ROWS), [result]);
  const history = useHistoryPanel('logs', text, run);
  const toDashboard = useAddToDashboard({ signal: 'logs', queries: [url.query], type: isLog ? 'logs' : 'timeseries' });
  const inspect = useInspect({
    exchange: exchangeOf(lines.error, result?.exchange),
    statistics: lines.error === null ? statisticsOf(result?.stats) : [],
    found: lines.error === null && result ? [result.series ? { key: 'series', name: 'Series', value: formatCount(result.series.length) } : { key: 'lines', name: 'Lines', value: formatCount(result.rows.length) }] : [],
  });
  const failure = useMemo(() => failureOf(lines.error, text, url.query), [lines.error, text, url.query]);
  const isUnreachable = lines.error instanceof ApiError && lines.error.status === 0;

  return (
    <div className={frame.page}>
      <section className={`panel ${frame.panel}`} aria-label="Query">
        <div className={frame.row}>
          <LogqlField value={text} onChange={setText} onRun={() => run(text)} startMs={startMs} endMs={endMs} failure={failure} autoFocus={url.query === ''} />
          <RunButton running={lines.isLoading} onRun={() => run(text)} onStop={lines.stop} disabled={text.trim() === ''} />
        </div>
        <PriceTag language="logql" query={text} startMs={startMs} endMs={endMs} />
        <div className={frame.options}>
          <button type="button" className={controls.button} aria-pressed={isBuilding} onClick={() => setBuilding(!isBuilding)} title="Build the query without writing it">
            <IconForms size={16} stroke={1.6} aria-hidden /> Builder
          </button>
          <button type="button" className={controls.button} aria-pressed={isBrowsing} title="Labels of the streams and their values" onClick={() => setBrowsing(!isBrowsing)}>
            <IconListSearch size={16} stroke={1.6} aria-hidden /> Labels
          </button>
          <button
            type="button"
            className={controls.button}
            aria-pressed={isLive}
            disabled={!isLog}
            title={isLog ? 'Show lines as they come' : 'Lines can be shown as they come; a metric query gives numbers'}
            onClick={() => {
              change({ live: !isLive });
              refreshNow();
            }}
          >
            <IconBroadcast size={16} stroke={1.6} aria-hidden /> Live
          </button>
          {!isLive && (
            <>
              <select className={controls.select} aria-label="Lines per page" value={url.limit} onChange={(e) => change({ limit: Number(e.currentTarget.value) })}>
                {[...new Set([...LOG_LIMITS, url.limit])]
                  .sort((a, b) => a - b)
                  .map((limit) => (
                    <option key={limit} value={limit}>
                      {formatCount(limit)} lines
                    </option>
                  ))}
              </select>
              <button type="button" className={controls.button} onClick={() => change({ direction: url.direction === 'backward' ? 'forward' : 'backward' })}>
                {url.direction === 'backward' ? <IconArrowDown size={14} stroke={1.8} aria-hidden /> : <IconArrowUp size={14} stroke={1.8} aria-hidden />}
                {url.direction === 'backward' ? 'Newest first' : 'Oldest first'}
              </button>
            </>
          )}
          <button type="button" className={controls.button} aria-pressed={url.wrap} onClick={() => change({ wrap: !url.wrap })}>
            <IconTextWrap size={16} stroke={1.6} aria-hidden /> Wrap
          </button>
          <SegmentedControl
            aria-label="How lines are shown"
            value={url.show}
            onChange={(show) => change({ show: show as LineView })}
            data={[
              { value: 'message', label: 'Message' },
              { value: 'raw', label: 'Raw' },
              { value: 'indented', label: 'Indented' },
            ]}
          />
          {!isLive && isLog && (
            <>
              <button type="button" className={controls.button} aria-pressed={url.fields} onClick={() => change({ fields: !url.fields })} title="The fields of the lines with their most frequent values">
                <IconTable size={16} stroke={1.6} aria-hidden /> Fields
              </button>
              <button type="button" className={controls.button} aria-pressed={url.patterns} onClick={() => change({ patterns: !url.patterns })} title="What the lines have in common, in place of the lines">
                <IconSparkles size={16} stroke={1.6} aria-hidden /> Patterns
              </button>
            </>
          )}
          {history.button}
          {url.query !== '' && toDashboard.button}
          {!isLive && inspect.button}
          <span className={`num ${frame.status}`} role="status">
            {isLive ? null : lines.isLoading ? <Elapsed /> : result && statusParts(result.series ? null : result.rows.length, result.isComplete, result.stats?.totalBytesProcessed, result.elapsedMs).map((part) => <span key={part}>{part}</span>)}
          </span>
        </div>
        {history.panel}
        {toDashboard.form}
        {isBuilding && (
          <Suspense fallback={null}>
            <LogsBuilder query={text} startMs={startMs} endMs={endMs} fields={fieldNames} onQuery={(query) => (query === '' ? setText('') : run(query))} />
          </Suspense>
        )}
        {isBrowsing && <LabelBrowser query={text} startMs={startMs} endMs={endMs} onQuery={setText} onRun={run} />}
        {!isLive && inspect.panel}
        {!isLive && lines.error && <QueryFailure error={lines.error} expression={url.query} onRetry={() => run(url.query)} />}
        {(isLive ? [] : (result?.warnings ?? [])).map((warning) => (
          <p key={warning} className={frame.warning}>
            <IconAlertCircle size={16} stroke={1.6} aria-hidden />
            <span>
              <b>Incomplete.</b> {warning}
            </span>
          </p>
        ))}
      </section>

      {isLive ? (
        <section className={`panel ${frame.result}`} aria-label="Live lines">
          <LiveLines
            tail={tail}
            query={url.query}
            wrap={url.wrap}
            show={url.show}
            rowPx={isNarrow ? NARROW_ROW_PX : ROW_PX}
            needles={needles}
            timeText={timeText}
            actions={actions}
          />
        </section>
      ) : result === null && (request === null || lines.error) ? (
        !isUnreachable && <LogsStart startMs={startMs} endMs={endMs} onQuery={run} />
      ) : (
        <section className={`panel ${frame.result}`} aria-label="Result" data-stale={lines.isLoading || lines.error !== null}>
          {result?.series ? (
            <MatrixChart
              series={result.series}
              startMs={result.request.startMs}
              endMs={result.request.endMs}
              stepMs={result.request.stepMs}
              onZoom={zoomTo}
              onZoomBack={zoomBack}
            />
          ) : (
            <>
              {result?.rows.length !== 0 && (
                <>
                  <VolumeLegend volume={volume} />
                  <VolumeChart volume={volume} startMs={startMs} endMs={endMs} onZoom={zoomTo} onZoomBack={zoomBack} />
                </>
              )}
              {url.patterns ? (
                <PatternList selector={selectorFor(url.query)} startMs={startMs} endMs={endMs} tick={tick} onFilter={(pattern, isWanted) => filterPattern(pattern, isWanted)} />
              ) : result === null ? (
                lines.isLoading && <Skeleton />
              ) : result.rows.length === 0 ? (
                <NothingFound query={url.query} />
              ) : (
                <div className={classes.beside}>
                  {url.fields && <FieldPanel rows={result.rows} version={lines.version} onFilter={actions.filter} />}
                  <LogList
                    key={String(isNarrow)}
                    rows={result.rows}
                    version={lines.version}
                    wrap={url.wrap}
                    show={url.show}
                    rowPx={isNarrow ? NARROW_ROW_PX : ROW_PX}
                    needles={needles}
                    timeText={timeText}
                    sourceLabel={sourceLabel}
                    actions={actions}
                    onMore={lines.loadMore}
                    footer={
                      lines.moreError ? (
                        <span className={classes.inlineError}>
                          Older lines could not be loaded: {lines.moreError.message}{' '}
                          <button type="button" onClick={lines.loadMore}>
                            Try again
                          </button>
                        </span>
                      ) : lines.isLoadingMore ? (
                        'Loading more lines…'
                      ) : result.isComplete ? (
                        `All ${formatCount(result.rows.length)} lines of this range`
                      ) : (
                        ''
                      )
                    }
                  />
                </div>
              )}
            </>
          )}
        </section>
      )}
    </div>
  );
}

/** Where the page is narrow, a line stands under its time and source. */
const NARROW = '(max-width: 720px)';
const ROW_PX = 20;
const NARROW_ROW_PX = 44;
const NO_ROWS: readonly LogRow[] = [];

/** How many lines are looked at for names of fields that the builder offers. */
const LINES_FOR_NAMES = 200;

function knownFields(rows: readonly LogRow[]): string[] {
  return [...new Set(fieldStatistics(rows.slice(0, LINES_FOR_NAMES)).fields.filter(({ place }) => place !== 'stream').map(({ label }) => label))].sort();
}

/** Has the size of the lines that replace it. */
function Skeleton() {
  return (
    <div className={classes.skeleton} aria-busy="true" aria-label="Loading lines">
      {Array.from({ length: 24 }, (_, i) => (
        <div key={i} style={{ width: `${35 + ((i * 29) % 60)}%` }} />
      ))}
    </div>
  );
}

function NothingFound({ query }: { query: string }) {
  return (
    <div className={classes.empty}>
      <h3>No lines in this range</h3>
      <p>
        <code>{query}</code> is understood, but nothing matches it between the chosen times.
      </p>
      <ul>
        <li>Take a longer time range at the top right.</li>
        <li>Remove the last filter, or open the label browser to see which values there are.</li>
        <li>
          If you expect new lines: the <Link to="/data">Data page</Link> shows what arrives, and what was refused and why.
        </li>
      </ul>
    </div>
  );
}

function statusParts(rowCount: number | null, isComplete: boolean, bytes: number | undefined, elapsedMs: number): string[] {
  const parts = [];
  if (rowCount !== null) parts.push(`${formatCount(rowCount)}${isComplete ? '' : '+'} lines`);
  if (bytes) parts.push(`${formatBytes(bytes)} read`);
  parts.push(formatNanos(elapsedMs * 1e6));
  return parts;
}

/** The date only when the range needs it. */
function rowTime(rangeMs: number): (row: LogRow) => string {
  const withDate = rangeMs > 20 * 3_600_000;
  return ({ timestampMs }) => (withDate ? formatDateTime(timestampMs, true).slice(5) : formatClock(timestampMs, true));
}
