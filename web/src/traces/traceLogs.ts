import { useQuery } from '@tanstack/react-query';
import { ApiError } from '../api/http';
import { useUiSettings } from '../api/uiSettings';
import { quote } from '../logs/query/logql';
import { logRows } from '../logs/query/lokiAnswer';
import type { LogRow } from '../logs/query/lokiAnswer';
import { queryLogs } from '../logs/query/lokiApi';
import { unixNanos } from './model/decode';
import type { Trace } from './model/decode';

const NANOS_PER_MS = 1_000_000n;
const MAX_LINES = 1000;

/** All lines of a trace: by structured metadata, and where the server refuses that, by the id in the text. */
export function useTraceLogs(trace: Trace | null) {
  const { spanStartShiftMs, spanEndShiftMs } = useUiSettings().traceToLogs;
  return useQuery({
    queryKey: ['trace-logs', trace?.traceId, String(trace?.startUnixNanos), spanStartShiftMs, spanEndShiftMs],
    enabled: trace !== null,
    staleTime: 60_000,
    retry: false,
    queryFn: async ({ signal }) => {
      const range = {
        startNanos: unixNanos(trace!, 0) - BigInt(spanStartShiftMs) * NANOS_PER_MS,
        endNanos: unixNanos(trace!, trace!.durationNanos) + BigInt(spanEndShiftMs) * NANOS_PER_MS,
        limit: MAX_LINES,
        direction: 'forward' as const,
      };
      const ask = async (filter: string) => {
        const { data } = await queryLogs({ ...range, query: `{service_name=~".+"} ${filter}` }, signal);
        return data.resultType === 'streams' ? logRows(data.result, 'forward') : [];
      };
      const id = quote(trace!.traceId);
      try {
        const [inMetadata, inText] = await Promise.all([ask(`| trace_id=${id}`), ask(`|= ${id}`)]);
        return mergeRows(inMetadata, inText);
      } catch (error) {
        // 400: the server does not know label filters (yet). Anything else is a failure to be shown.
        if (!(error instanceof ApiError) || error.status !== 400) throw error;
        return ask(`|= ${id}`);
      }
    },
  });
}

/** Both lists are in order of time; a line in both is kept once. */
export function mergeRows(a: readonly LogRow[], b: readonly LogRow[]): LogRow[] {
  const seen = new Set<string>();
  return [...a, ...b]
    .filter((row) => {
      const key = `${row.unixNanos} ${row.line} ${JSON.stringify(row.stream)}`;
      return !seen.has(key) && seen.add(key);
    })
    .sort((x, y) => x.unixNanos.length - y.unixNanos.length || (x.unixNanos < y.unixNanos ? -1 : x.unixNanos > y.unixNanos ? 1 : 0));
}

/**
 * The LogQL query that finds the lines of a trace over all services: by structured metadata, unless more of the known lines hold the id in
 * their text alone. One query cannot ask for either.
 */
export function traceLogsQuery(traceId: string, rows: readonly LogRow[]): string {
  const beside = rows.filter((row) => row.metadata.trace_id === traceId).length;
  const inText = rows.filter((row) => row.line.includes(traceId)).length;
  return `{service_name=~".+"} ${inText > beside ? '|= ' : '| trace_id='}${quote(traceId)}`;
}

/** The lines of a span: those of its trace, or where the configuration says so all lines of its service. */
export function linesQuery(filterBy: 'trace' | 'service', traceId: string, rows: readonly LogRow[], service: string): string {
  return filterBy === 'service' ? `{service_name=${quote(service)}}` : traceLogsQuery(traceId, rows);
}

const SPAN_KEY = /"?\b(?:span[._]?id|otelSpanID)"?\s*[:=]\s*"?([0-9a-f]{16})\b/i;

/** The span that a line names, in lower-case hex. */
export function spanIdOf(row: LogRow): string | null {
  const id = row.metadata.span_id ?? row.parsed.span_id ?? SPAN_KEY.exec(row.line)?.[1];
  return id && /^[0-9a-f]{16}$/i.test(id) ? id.toLowerCase() : null;
}

/** Lines by the node of the span that they name, as nanoseconds since the trace's start. */
export function logTicksOf(trace: Trace, rows: readonly LogRow[]): ReadonlyMap<number, readonly number[]> {
  const nodeOf = new Map(trace.spanId.map((id, node) => [id, node]));
  const ticks = new Map<number, number[]>();
  for (const row of rows) {
    const node = nodeOf.get(spanIdOf(row) ?? '');
    if (node === undefined) continue;
    const at = Number(BigInt(row.unixNanos) - trace.startUnixNanos);
    const list = ticks.get(node);
    if (list) list.push(at);
    else ticks.set(node, [at]);
  }
  return ticks;
}
