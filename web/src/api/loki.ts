import { ApiError, getJson } from './http';
import type { Params, RequestOptions } from './http';
import type { Labels, MatrixSeries, VectorSample } from './prometheus';

export interface LokiStream {
  stream: Labels;
  /** Unix nanoseconds as text, the line, and with categorised labels what was parsed or came as structured metadata. */
  values: ([string, string] | [string, string, { structuredMetadata?: Labels; parsed?: Labels }])[];
}

export type LokiResult =
  | { resultType: 'streams'; result: LokiStream[]; encodingFlags?: string[]; stats?: LokiStats }
  | { resultType: 'matrix'; result: MatrixSeries[]; stats?: LokiStats }
  | { resultType: 'vector'; result: VectorSample[]; stats?: LokiStats };

export interface LokiStats {
  summary?: { totalBytesProcessed?: number; totalLinesProcessed?: number; execTime?: number };
}

interface Envelope<T> {
  status: string;
  data?: T;
  warnings?: string[];
}

async function ask<T>(path: string, params: Params, options: RequestOptions, none: T | null = null): Promise<T> {
  const body = await getJson<Envelope<T>>(`/loki/api/v1/${path}`, params, options, true);
  const data = body.data ?? none;
  if (data === null) throw new ApiError(`The answer of /loki/api/v1/${path} holds no data.`, 200, 'http');
  return data;
}

/** Nanoseconds as the API wants them; exact, because it is done on text. */
const nanos = (ms: number | undefined) => (ms === undefined ? undefined : `${Math.round(ms)}000000`);

export interface LokiRangeQuery {
  query: string;
  startMs: number;
  endMs: number;
  stepSeconds?: number;
  limit?: number;
  direction?: 'forward' | 'backward';
}

/** Lines of a log query, or the matrix of a metric query; labels come apart by where they are from. */
export function lokiQueryRange(q: LokiRangeQuery, options: RequestOptions = {}): Promise<LokiResult> {
  const headers = { 'X-Loki-Response-Encoding-Flags': 'categorize-labels', ...options.headers };
  const params = { query: q.query, start: nanos(q.startMs), end: nanos(q.endMs), step: q.stepSeconds, limit: q.limit, direction: q.direction };
  return ask('query_range', params, { ...options, headers });
}

/** A metric query at one time. */
export function lokiQuery(query: string, timeMs: number, options: RequestOptions = {}): Promise<LokiResult> {
  return ask('query', { query, time: nanos(timeMs) }, options);
}

export interface LokiLookUp {
  startMs?: number;
  endMs?: number;
  /** A stream selector that narrows the answer. */
  query?: string;
}

export function lokiLabelNames(look: LokiLookUp = {}, options: RequestOptions = {}): Promise<string[]> {
  return ask<string[]>('labels', { start: nanos(look.startMs), end: nanos(look.endMs), query: look.query }, options, []);
}

export function lokiLabelValues(label: string, look: LokiLookUp = {}, options: RequestOptions = {}): Promise<string[]> {
  const params = { start: nanos(look.startMs), end: nanos(look.endMs), query: look.query };
  return ask<string[]>(`label/${encodeURIComponent(label)}/values`, params, options, []);
}

/** Bytes of lines by the values of a label, the largest first, no more than `limit`. The server reads the lines' lengths for this. */
export async function lokiVolumes(label: string, selector: string, range: { startMs: number; endMs: number }, limit: number, options: RequestOptions = {}): Promise<{ value: string; sizeBytes: number }[]> {
  const params = { query: selector, start: nanos(range.startMs), end: nanos(range.endMs), limit, targetLabels: label };
  const data = await ask<LokiResult>('index/volume', params, options);
  return data.resultType === 'vector' ? data.result.map(({ metric, value }) => ({ value: metric[label] ?? '', sizeBytes: Number(value?.[1] ?? 0) })) : [];
}
