import { formatCount } from '../../format/number';
import { logRows } from '../query/lokiAnswer';
import type { Direction, LogRow } from '../query/lokiAnswer';
import { queryLogs } from '../query/lokiApi';
import { selectorText } from '../query/logql';

/** How far from a line its neighbours are looked for. */
const REACH_NANOS = 86_400_000_000_000n;

/** Lines that are loaded of the moment of the line. */
export const MOST_OF_MOMENT = 1000;

export interface LineContext {
  /** Oldest first; the last one is next to the line. */
  before: LogRow[];
  /** Oldest first; the first one is next to the line. */
  after: LogRow[];
  /** Whether there is more than was asked for. */
  hasMoreBefore: boolean;
  hasMoreAfter: boolean;
  /** What is not sure about the place of the line; null when nothing is. */
  note: string | null;
}

/** Every line of the stream that a row is from. */
export function streamSelector(row: LogRow): string {
  return selectorText(Object.entries(row.stream).map(([label, value]) => ({ label, op: '=' as const, value })));
}

/** The lines of a row's own stream around it, filtered by nothing, no more than `beforeCount` and `afterCount`. */
export async function fetchContext(row: LogRow, beforeCount: number, afterCount: number, signal: AbortSignal): Promise<LineContext> {
  const query = streamSelector(row);
  const at = BigInt(row.unixNanos);
  const load = async (startNanos: bigint, endNanos: bigint, limit: number, direction: Direction) => {
    const { data } = await queryLogs({ query, startNanos, endNanos, limit, direction }, signal);
    return logRows(data.resultType === 'streams' ? data.result : [], direction);
  };
  // The line may lie anywhere among those of its moment, so that all of them are needed, in the order in which they arrived.
  const [earlier, moment, later] = await Promise.all([
    load(at - REACH_NANOS, at, beforeCount + 1, 'backward'),
    load(at, at + 1n, MOST_OF_MOMENT + 1, 'forward'),
    load(at + 1n, at + REACH_NANOS, afterCount + 1, 'forward'),
  ]);
  const isCut = moment.length > MOST_OF_MOMENT;
  if (isCut) moment.length = MOST_OF_MOMENT;
  const place = placeOf(row, moment);
  // Lines of one moment come newest first when asked for backward, too: turned around as they came, not sorted once more.
  const older = [...earlier.reverse(), ...moment.slice(0, place ?? moment.length)];
  const newer = [...(place === null ? [] : moment.slice(place + 1)), ...later];
  return {
    before: older.slice(-beforeCount),
    after: newer.slice(0, afterCount),
    hasMoreBefore: older.length > beforeCount,
    hasMoreAfter: newer.length > afterCount,
    note: isCut
      ? `More than ${formatCount(MOST_OF_MOMENT)} lines share its moment; those after the first ${formatCount(MOST_OF_MOMENT)} are left out.`
      : place === null && moment.length > 0
        ? 'Its place among the lines of its moment is not known, for the query changes lines: they all stand before it.'
        : null,
  };
}

/**
 * Where a row stands among the lines of its moment; null when it cannot be told. A query may change what it finds (`line_format`,
 * `label_format`), so that less than all of it has to do. Of lines that are equal in all the first one will do as well.
 */
function placeOf(row: LogRow, moment: readonly LogRow[]): number | null {
  const wanted = JSON.stringify(sorted(row.stream)) + JSON.stringify(sorted(row.metadata));
  const isSame = (one: LogRow) => one.line === row.line && JSON.stringify(sorted(one.stream)) + JSON.stringify(sorted(one.metadata)) === wanted;
  const exact = moment.findIndex(isSame);
  if (exact !== -1) return exact;
  const sameLine = moment.findIndex((one) => one.line === row.line);
  if (sameLine !== -1) return sameLine;
  return moment.length === 1 ? 0 : null;
}

function sorted(labels: LogRow['stream']): [string, string][] {
  return Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
}
