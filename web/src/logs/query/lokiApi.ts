import { getJson } from '../../api/http';
import type { Exchange } from '../../api/http';
import { lokiLabelNames } from '../../api/loki';
import type { Direction, LokiAnswer, LokiSeries } from './lokiAnswer';

/** Asks Loki to keep stream labels, structured metadata and parsed labels apart. */
const CATEGORIZE = { 'X-Loki-Response-Encoding-Flags': 'categorize-labels' };

export interface LogQuery {
  query: string;
  startNanos: bigint;
  endNanos: bigint;
  limit: number;
  direction: Direction;
  /** For metric queries. */
  stepMs?: number;
}

export function queryLogs({ query, startNanos, endNanos, limit, direction, stepMs }: LogQuery, signal: AbortSignal, onExchange?: (exchange: Exchange) => void): Promise<LokiAnswer> {
  return getJson<LokiAnswer>(
    '/loki/api/v1/query_range',
    {
      query,
      start: String(startNanos),
      end: String(endNanos),
      limit: String(limit),
      direction,
      ...(stepMs === undefined ? {} : { step: `${stepMs}ms` }),
    },
    { signal, headers: CATEGORIZE, onExchange },
    true,
  );
}

/** A metric query as a matrix; steps run from `startMs` up to `endMs`. */
export async function queryMatrix(
  query: string,
  startMs: number,
  endMs: number,
  stepMs: number,
  signal: AbortSignal,
): Promise<LokiSeries[]> {
  const answer = await queryLogs(
    { query, startNanos: nanos(startMs), endNanos: nanos(endMs), limit: 1, direction: 'backward', stepMs },
    signal,
  );
  if (answer.data.resultType !== 'matrix') throw new Error(`the server answered with ${answer.data.resultType} where a matrix was due`);
  return answer.data.result;
}

export function nanos(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}

/** Names of stream labels; internal ones are left out. */
export async function labelNames(startMs: number, endMs: number, signal?: AbortSignal): Promise<string[]> {
  return (await lokiLabelNames({ startMs, endMs }, { signal })).filter((name) => !name.startsWith('__'));
}
