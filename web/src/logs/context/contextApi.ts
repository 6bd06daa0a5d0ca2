import { logRows } from '../query/lokiAnswer';
import type { LogRow } from '../query/lokiAnswer';
import { queryLogs } from '../query/lokiApi';
import { selectorText } from '../query/logql';

/** How far from a line its neighbours are looked for. */
const REACH_NANOS = 86_400_000_000_000n;

export interface LineContext {
  /** Oldest first; the last one is next to the line. */
  before: LogRow[];
  /** Oldest first; the first one is next to the line. */
  after: LogRow[];
  /** Whether there is more than was asked for. */
  hasMoreBefore: boolean;
  hasMoreAfter: boolean;
}

/** Every line of the stream that a row is from. */
export function streamSelector(row: LogRow): string {
  return selectorText(Object.entries(row.stream).map(([label, value]) => ({ label, op: '=' as const, value })));
}

/** The lines of a row's own stream around it, filtered by nothing, no more than `beforeCount` and `afterCount`. */
export async function fetchContext(row: LogRow, beforeCount: number, afterCount: number, signal: AbortSignal): Promise<LineContext> {
  const query = streamSelector(row);
  const at = BigInt(row.unixNanos);
  // The line itself comes back with those of its moment, which may stand on either side of it: one side has them all.
  const [before, after] = await Promise.all([
    queryLogs({ query, startNanos: at - REACH_NANOS, endNanos: at + 1n, limit: beforeCount + 2, direction: 'backward' }, signal),
    queryLogs({ query, startNanos: at + 1n, endNanos: at + REACH_NANOS, limit: afterCount + 1, direction: 'forward' }, signal),
  ]);
  const older = logRows(before.data.resultType === 'streams' ? before.data.result : [], 'forward');
  const newer = logRows(after.data.resultType === 'streams' ? after.data.result : [], 'forward');
  const itself = older.findLastIndex((one) => one.unixNanos === row.unixNanos && one.line === row.line);
  if (itself !== -1) older.splice(itself, 1);
  return { before: older.slice(-beforeCount), after: newer.slice(0, afterCount), hasMoreBefore: older.length > beforeCount, hasMoreAfter: newer.length > afterCount };
}
