import { useCallback, useEffect, useRef, useState } from 'react';
import type { Exchange } from '../../api/http';
import { appendPage, logRows, nextPageBounds } from './lokiAnswer';
import type { Direction, LogRow, LokiSeries, LokiStats } from './lokiAnswer';
import { nanos, queryLogs } from './lokiApi';

export interface LinesRequest {
  query: string;
  startMs: number;
  endMs: number;
  limit: number;
  direction: Direction;
  /** Step of the answer when the query turns out to be a metric query. */
  stepMs: number;
}

export interface LogResult {
  request: LinesRequest;
  /** Grows in place as pages come; `version` tells when. Empty for metric queries. */
  rows: LogRow[];
  /** The result of a metric query, null for log queries. */
  series: LokiSeries[] | null;
  isComplete: boolean;
  stats: LokiStats['summary'];
  warnings: readonly string[];
  elapsedMs: number;
  /** The request of the first page. */
  exchange: Exchange | null;
}

export interface LogLines {
  /** The last result; while another query runs it stays. */
  result: LogResult | null;
  version: number;
  isLoading: boolean;
  /** When the running query started, by `performance.now()`. */
  startedAt: number;
  error: Error | null;
  isLoadingMore: boolean;
  moreError: Error | null;
  loadMore: () => void;
  stop: () => void;
}

/** No page is larger than what a server accepts by default. */
const MAX_PAGE = 5000;

/** Runs a query whenever the request changes and fetches further pages on demand. A null request does nothing. */
export function useLogLines(request: LinesRequest | null): LogLines {
  const [result, setResult] = useState<LogResult | null>(null);
  const [version, setVersion] = useState(0);
  const [loading, setLoading] = useState<{ startedAt: number } | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [isLoadingMore, setLoadingMore] = useState(false);
  const [moreError, setMoreError] = useState<Error | null>(null);
  const running = useRef<AbortController | null>(null);
  const paging = useRef<AbortController | null>(null);

  useEffect(() => {
    if (!request) return;
    const abort = new AbortController();
    const startedAt = performance.now();
    running.current = abort;
    setLoading({ startedAt });
    setError(null);
    setMoreError(null);
    void (async () => {
      try {
        const page = await fetchPage(request, nanos(request.startMs), nanos(request.endMs), request.limit, abort.signal);
        setResult({
          request,
          ...page,
          isComplete: page.series !== null || page.rows.length < request.limit,
          elapsedMs: performance.now() - startedAt,
        });
        setVersion((v) => v + 1);
      } catch (failure) {
        if (!abort.signal.aborted) setError(failure as Error);
      } finally {
        if (running.current === abort) {
          running.current = null;
          setLoading(null);
        }
      }
    })();
    return () => {
      abort.abort();
      paging.current?.abort();
      paging.current = null;
      setLoadingMore(false);
    };
  }, [request]);

  const loadMore = useCallback(() => {
    if (!result || result.isComplete || paging.current || running.current) return;
    const last = result.rows[result.rows.length - 1];
    if (!last) return;
    const abort = new AbortController();
    paging.current = abort;
    setLoadingMore(true);
    setMoreError(null);
    void (async () => {
      try {
        result.isComplete = await appendNextPage(result, last, abort.signal);
        setVersion((v) => v + 1);
      } catch (failure) {
        if (!abort.signal.aborted) setMoreError(failure as Error);
      } finally {
        if (paging.current === abort) {
          paging.current = null;
          setLoadingMore(false);
        }
      }
    })();
  }, [result]);

  const stop = useCallback(() => {
    running.current?.abort();
    running.current = null;
    setLoading(null);
  }, []);

  return {
    result,
    version,
    isLoading: loading !== null,
    startedAt: loading?.startedAt ?? 0,
    error,
    isLoadingMore,
    moreError,
    loadMore,
    stop,
  };
}

/** @returns whether the range is read to its end */
async function appendNextPage(result: LogResult, last: LogRow, signal: AbortSignal): Promise<boolean> {
  const { request, rows } = result;
  const { start, end } = nextPageBounds(last, request.direction, nanos(request.startMs), nanos(request.endMs));
  // When a page holds nothing new although it is full, more lines than a page share one moment: ask for more of them.
  for (let limit = request.limit; ; limit = Math.min(MAX_PAGE, limit * 2)) {
    const page = await fetchPage(request, start, end, limit, signal);
    const added = appendPage(rows, page.rows);
    if (page.rows.length < limit) return true;
    if (added > 0) return false;
    if (limit === MAX_PAGE)
      throw new Error(`more than ${MAX_PAGE} lines share one moment (${last.unixNanos} ns); narrow the query to see the rest`);
  }
}

async function fetchPage(request: LinesRequest, startNanos: bigint, endNanos: bigint, limit: number, signal: AbortSignal) {
  let exchange: Exchange | null = null;
  const answer = await queryLogs({ ...request, startNanos, endNanos, limit }, signal, (told) => (exchange = told));
  const { data } = answer;
  const common = { exchange: exchange as Exchange | null, stats: data.stats?.summary, warnings: answer.warnings ?? [] };
  switch (data.resultType) {
    case 'streams':
      return { ...common, rows: logRows(data.result, request.direction), series: null };
    case 'matrix':
      return { ...common, rows: [], series: data.result };
    case 'vector':
      return { ...common, rows: [], series: data.result.map(({ metric, value }) => ({ metric, values: [value] })) };
    case 'scalar':
      return { ...common, rows: [], series: [{ metric: {}, values: [data.result] }] };
  }
}
