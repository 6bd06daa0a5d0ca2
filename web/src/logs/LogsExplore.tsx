import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useUrlSearch } from '../app/search';
import { formatNanos } from '../format/duration';
import { QueryFailure } from '../metrics/result/QueryFailure';
import { formatBytes, formatCount } from '../format/number';
import { formatClock, formatDateTime } from '../format/time';
import { useTimeRange } from '../time/TimeRangeProvider';
import { LabelBrowser } from './editor/LabelBrowser';
import { LogqlField } from './editor/LogqlField';
import { queryKind, selectorText, lineNeedles, withFieldFilter, withLineFilter } from './query/logql';
import { distinguishingLabel } from './query/lokiAnswer';
import type { LogRow } from './query/lokiAnswer';
import { useLogLines } from './query/useLogLines';
import type { LinesRequest } from './query/useLogLines';
import { useVolume } from './query/useVolume';
import { volumeStepMs } from './query/volume';
import { LOG_LIMITS, readLogsUrl, writeLogsUrl } from './url';
import type { LogsUrl } from './url';
import { Elapsed } from './view/Elapsed';
import { LogList } from './view/LogList';
import type { RowActions } from './view/LogList';
import classes from './view/Logs.module.css';
import { LogsStart } from './view/LogsStart';
import { MatrixChart } from './view/MatrixChart';
import { VolumeChart } from './view/VolumeChart';
import { VolumeLegend } from './view/VolumeLegend';

const MATRIX_POINTS = 240;
/** How far "lines around this one" looks to each side. */
const CONTEXT_MS = 60_000;

/** /explore/logs: a LogQL query, the lines it finds, and how many there are over time. The address is the state. */
export default function LogsExplore() {
  const [search, setUrl] = useUrlSearch();
  const { startMs, endMs, tick, zoomTo, zoomBack } = useTimeRange();
  const url = useMemo(() => readLogsUrl(search), [search]);
  const [text, setText] = useState(url.query);
  const [isBrowsing, setBrowsing] = useState(false);
  const [runCount, setRunCount] = useState(0);
  const queryClient = useQueryClient();

  // The address changes by links and by going back, too.
  useEffect(() => setText(url.query), [url.query]);

  const change = useCallback((patch: Partial<LogsUrl>) => setUrl(writeLogsUrl({ ...url, ...patch })), [setUrl, url]);

  const request = useMemo<LinesRequest | null>(
    () =>
      queryKind(url.query) === 'empty'
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
    [url.query, url.limit, url.direction, startMs, endMs, tick, runCount],
  );
  const lines = useLogLines(request);
  const volume = useVolume(lines, request);
  const { result } = lines;

  const run = useCallback(
    (query: string) => {
      setText(query);
      if (query !== url.query) return change({ query });
      // Nothing changes in the address, but asked again is asked again.
      setRunCount((n) => n + 1);
      void queryClient.invalidateQueries({ queryKey: ['log-volume'] });
    },
    [change, queryClient, url.query],
  );

  const actions = useMemo<RowActions>(
    () => ({
      filter: (place, label, value, isWanted) => run(withFieldFilter(url.query, place, label, value, isWanted)),
      filterLine: (part, isWanted) => run(withLineFilter(url.query, part, isWanted)),
      showContext: (row) => {
        const matchers = Object.entries(row.stream).map(([label, value]) => ({ label, op: '=' as const, value }));
        const range = { from: String(row.timestampMs - CONTEXT_MS), to: String(row.timestampMs + CONTEXT_MS) };
        setUrl({ ...writeLogsUrl({ ...url, query: selectorText(matchers) }), ...range });
      },
    }),
    [run, setUrl, url],
  );

  const needles = useMemo(() => lineNeedles(url.query), [url.query]);
  const timeText = useMemo(() => rowTime(endMs - startMs), [startMs, endMs]);
  const sourceLabel = useMemo(() => distinguishingLabel(result?.rows ?? NO_ROWS), [result]);
  const isDirty = text !== url.query;

  return (
    <div className={classes.page}>
      <div className={classes.queryBar}>
        <div className={classes.queryRow}>
          <LogqlField value={text} onChange={setText} onRun={() => run(text)} startMs={startMs} endMs={endMs} />
          {lines.isLoading ? (
            <button type="button" className={classes.stop} onClick={lines.stop}>
              Stop <Elapsed since={lines.startedAt} />
            </button>
          ) : (
            <button type="button" className={classes.run} data-dirty={isDirty || undefined} title="Ctrl+Enter" onClick={() => run(text)}>
              Run
            </button>
          )}
        </div>
        <div className={classes.options}>
          <button type="button" className={classes.toggle} aria-pressed={isBrowsing} onClick={() => setBrowsing(!isBrowsing)}>
            Label browser
          </button>
          <label>
            <select aria-label="Lines per page" value={url.limit} onChange={(e) => change({ limit: Number(e.currentTarget.value) })}>
              {[...new Set([...LOG_LIMITS, url.limit])]
                .sort((a, b) => a - b)
                .map((limit) => (
                  <option key={limit} value={limit}>
                    {formatCount(limit)} lines
                  </option>
                ))}
            </select>
          </label>
          <button
            type="button"
            className={classes.toggle}
            onClick={() => change({ direction: url.direction === 'backward' ? 'forward' : 'backward' })}
          >
            {url.direction === 'backward' ? '↓ Newest first' : '↑ Oldest first'}
          </button>
          <button type="button" className={classes.toggle} aria-pressed={url.wrap} onClick={() => change({ wrap: !url.wrap })}>
            Wrap
          </button>
          <button type="button" className={classes.toggle} aria-pressed={url.pretty} onClick={() => change({ pretty: !url.pretty })}>
            Prettify JSON
          </button>
          <span className={classes.status} role="status">
            {result &&
              !lines.isLoading &&
              statusText(result.series ? null : result.rows.length, result.isComplete, result.stats?.totalBytesProcessed, result.elapsedMs)}
          </span>
        </div>
        {isBrowsing && <LabelBrowser query={text} startMs={startMs} endMs={endMs} onQuery={setText} onRun={run} />}
        {lines.error && <QueryFailure error={lines.error} expression={url.query} onRetry={() => run(url.query)} />}
        {result?.warnings.map((warning) => (
          <div key={warning} className={classes.warning}>
            <strong>Incomplete.</strong> {warning}
          </div>
        ))}
      </div>

      {result === null && (request === null || lines.error) ? (
        <LogsStart startMs={startMs} endMs={endMs} onQuery={run} />
      ) : (
        <div className={classes.results} data-stale={lines.isLoading || lines.error !== null || undefined}>
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
              <VolumeLegend volume={volume} />
              <VolumeChart volume={volume} startMs={startMs} endMs={endMs} onZoom={zoomTo} />
              {result === null ? (
                lines.isLoading && <Skeleton />
              ) : result.rows.length === 0 ? (
                <NothingFound query={url.query} />
              ) : (
                <LogList
                  rows={result.rows}
                  version={lines.version}
                  wrap={url.wrap}
                  pretty={url.pretty}
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
              )}
            </>
          )}
        </div>
      )}
    </div>
  );
}

const NO_ROWS: readonly LogRow[] = [];

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
        <li>If you expect new lines: the Data page shows what arrives and what was refused.</li>
      </ul>
    </div>
  );
}

function statusText(rowCount: number | null, isComplete: boolean, bytes: number | undefined, elapsedMs: number): string {
  const parts = [];
  if (rowCount !== null) parts.push(`${formatCount(rowCount)}${isComplete ? '' : '+'} lines`);
  if (bytes) parts.push(`${formatBytes(bytes)} read`);
  parts.push(formatNanos(elapsedMs * 1e6));
  return parts.join(' · ');
}

/** The date only when the range needs it. */
function rowTime(rangeMs: number): (row: LogRow) => string {
  const withDate = rangeMs > 20 * 3_600_000;
  return ({ timestampMs }) => (withDate ? formatDateTime(timestampMs, true).slice(5) : formatClock(timestampMs, true));
}
