import { detectLevel } from '../parse/level';
import type { Level } from '../parse/level';

/** The answer of `/loki/api/v1/query_range`. */
export interface LokiAnswer {
  status: string;
  warnings?: string[];
  data: LokiData;
}

export type LokiData =
  | { resultType: 'streams'; result: LokiStream[]; encodingFlags?: string[]; stats?: LokiStats }
  | { resultType: 'matrix'; result: LokiSeries[]; stats?: LokiStats }
  | { resultType: 'vector'; result: { metric: Record<string, string>; value: [number, string] }[]; stats?: LokiStats }
  | { resultType: 'scalar'; result: [number, string]; stats?: LokiStats };

export interface LokiStats {
  summary?: { totalBytesProcessed?: number; totalLinesProcessed?: number; execTime?: number } & Record<string, unknown>;
}

export interface LokiStream {
  stream: Record<string, string>;
  values: [string, string, LokiCategories?][];
}

interface LokiCategories {
  structuredMetadata?: Record<string, string>;
  parsed?: Record<string, string>;
}

export interface LokiSeries {
  metric: Record<string, string>;
  values: [number, string][];
}

export interface LogRow {
  /** Nanoseconds since 1970, as text: a double cannot hold them. */
  unixNanos: string;
  timestampMs: number;
  line: string;
  stream: Readonly<Record<string, string>>;
  metadata: Readonly<Record<string, string>>;
  parsed: Readonly<Record<string, string>>;
  level: Level;
}

export type Direction = 'backward' | 'forward';

const NONE: Readonly<Record<string, string>> = Object.freeze({});

/** The lines of all streams as one list in the order of the direction. Lines of one moment keep the order of the answer. */
export function logRows(streams: readonly LokiStream[], direction: Direction): LogRow[] {
  const rows: LogRow[] = [];
  for (const { stream, values } of streams) {
    for (const [unixNanos, line, categories] of values) {
      const metadata = categories?.structuredMetadata ?? NONE;
      const parsed = categories?.parsed ?? NONE;
      rows.push({
        unixNanos,
        timestampMs: Number(unixNanos.slice(0, -6)),
        line,
        stream,
        metadata,
        parsed,
        level: detectLevel(line, metadata, parsed, stream),
      });
    }
  }
  return rows.sort(
    direction === 'backward' ? (a, b) => compareNanos(b.unixNanos, a.unixNanos) : (a, b) => compareNanos(a.unixNanos, b.unixNanos),
  );
}

/** Orders decimal texts of any length as the numbers they are. */
export function compareNanos(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** Labels that name what wrote a line, the best first. */
export const SOURCE_LABELS = ['service_name', 'app', 'job', 'container', 'filename', 'host'] as const;

/** The label by which the sources of these rows differ; null when they are all of one. */
export function distinguishingLabel(rows: readonly LogRow[]): string | null {
  const first = rows[0]?.stream;
  return SOURCE_LABELS.find((label) => rows.some((row) => row.stream[label] !== first![label])) ?? null;
}

/** Two records that are the same one: equal in time, line and labels. */
function identity(row: LogRow): string {
  return `${row.unixNanos}\u0000${row.line}\u0000${JSON.stringify(row.stream)}${JSON.stringify(row.metadata)}`;
}

/**
 * Appends the next page. Pages overlap by the moment of the last row, because a limit may cut through lines of one moment; rows
 * already held are dropped. Adds to `held` in place, so that a million rows are not copied for each page.
 * @returns how many rows were new
 */
export function appendPage(held: LogRow[], page: readonly LogRow[]): number {
  const last = held[held.length - 1];
  if (!last) {
    for (const row of page) held.push(row);
    return page.length;
  }
  const atEdge = new Set<string>();
  for (let i = held.length - 1; i >= 0 && held[i]!.unixNanos === last.unixNanos; i--) atEdge.add(identity(held[i]!));
  let added = 0;
  for (const row of page) {
    if (row.unixNanos === last.unixNanos && atEdge.has(identity(row))) continue;
    held.push(row);
    added++;
  }
  return added;
}

/** Bounds of the next page in nanoseconds, `[start, end)` as Loki counts. */
export function nextPageBounds(last: LogRow, direction: Direction, start: bigint, end: bigint): { start: bigint; end: bigint } {
  const edge = BigInt(last.unixNanos);
  return direction === 'backward' ? { start, end: edge + 1n } : { start: edge, end };
}
