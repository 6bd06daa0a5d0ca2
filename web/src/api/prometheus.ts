import { ApiError, getJson } from './http';
import type { RequestOptions } from './http';

export type Labels = Record<string, string>;

export interface MatrixSeries {
  metric: Labels;
  /** Unix seconds and the value as text. Absent for a series of native histograms. */
  values?: [number, string][];
  histograms?: [number, unknown][];
}

export interface VectorSample {
  metric: Labels;
  value?: [number, string];
  histogram?: [number, unknown];
}

export type InstantData =
  | { resultType: 'vector'; result: VectorSample[] }
  | { resultType: 'matrix'; result: MatrixSeries[] }
  | { resultType: 'scalar' | 'string'; result: [number, string] };

export interface Answer<T> {
  data: T;
  warnings: string[];
  infos: string[];
}

/** What the server counted while it evaluated: times in seconds, numbers of samples. */
export interface PrometheusStats {
  timings?: Record<string, number>;
  samples?: Record<string, unknown>;
}

export interface MetricMetadata {
  type: string;
  unit: string;
  help: string;
}

interface Envelope<T> {
  status: 'success' | 'error';
  data?: T;
  errorType?: string;
  error?: string;
  warnings?: string[];
  infos?: string[];
}

async function ask<T>(path: string, params: Record<string, string | number | readonly string[] | undefined>, options: RequestOptions, formAllowed = false): Promise<Answer<T>> {
  const body = await getJson<Envelope<T>>(`/api/v1/${path}`, params, options, formAllowed);
  if (body.status !== 'success' || body.data === undefined) {
    throw new ApiError(body.error ?? `The answer of /api/v1/${path} holds no data.`, 200, body.errorType ?? 'http');
  }
  return { data: body.data, warnings: body.warnings ?? [], infos: body.infos ?? [] };
}

const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);

export interface RangeQuery {
  query: string;
  startMs: number;
  endMs: number;
  stepSeconds: number;
  /** Whether the answer tells what it cost. */
  withStats?: boolean;
}

/** Evaluates PromQL at each step of a range. */
export function queryRange(q: RangeQuery, options: RequestOptions = {}): Promise<Answer<{ resultType: 'matrix'; result: MatrixSeries[]; stats?: PrometheusStats }>> {
  return ask('query_range', { query: q.query, start: q.startMs / 1000, end: q.endMs / 1000, step: q.stepSeconds, stats: q.withStats ? 'true' : undefined }, options, true);
}

/** Evaluates PromQL at one time. */
export function queryInstant(query: string, timeMs: number | undefined, options: RequestOptions = {}, withStats = false): Promise<Answer<InstantData & { stats?: PrometheusStats }>> {
  return ask('query', { query, time: seconds(timeMs), stats: withStats ? 'true' : undefined }, options, true);
}

export interface LookUp {
  match?: readonly string[];
  startMs?: number;
  endMs?: number;
  limit?: number;
}

function lookUpParams(look: LookUp) {
  return { 'match[]': look.match, start: seconds(look.startMs), end: seconds(look.endMs), limit: look.limit };
}

/** Names of labels in use. */
export async function labelNames(look: LookUp = {}, options: RequestOptions = {}): Promise<string[]> {
  return (await ask<string[]>('labels', lookUpParams(look), options)).data;
}

/** Values of a label; those of `__name__` are the metrics' names. */
export async function labelValues(label: string, look: LookUp = {}, options: RequestOptions = {}): Promise<string[]> {
  return (await ask<string[]>(`label/${encodeURIComponent(label)}/values`, lookUpParams(look), options)).data;
}

/** Type, unit and help by metric name. */
export async function metadata(options: RequestOptions = {}): Promise<Record<string, MetricMetadata[]>> {
  return (await ask<Record<string, MetricMetadata[]>>('metadata', {}, options)).data;
}

/** What the server tells of an exemplar: the labels it came with, one of them the id of a trace. */
export interface ExemplarSeries {
  seriesLabels: Labels;
  /** The value as text, the time in Unix seconds. */
  exemplars: { labels: Labels; value: string; timestamp: number }[];
}

/** Exemplars of every series that the selectors of an expression name. */
export async function queryExemplars(query: string, range: { startMs: number; endMs: number }, options: RequestOptions = {}): Promise<ExemplarSeries[]> {
  // Without any exemplar Prometheus answers with null, or with nothing at all.
  const body = await getJson<Envelope<ExemplarSeries[] | null>>('/api/v1/query_exemplars', { query, start: range.startMs / 1000, end: range.endMs / 1000 }, options, true);
  return body.data ?? [];
}

/** Label sets of the series that a selector finds, no more than `look.limit`. */
export async function seriesOf(look: LookUp, options: RequestOptions = {}): Promise<Labels[]> {
  return (await ask<Labels[]>('series', lookUpParams(look), options, true)).data;
}

export interface NamedCount {
  name: string;
  value: number;
}

/** What there is most of, over all that is kept. */
export interface TsdbStatus {
  headStats: { numSeries: number };
  seriesCountByMetricName: NamedCount[];
  labelValueCountByLabelName: NamedCount[];
  seriesCountByLabelValuePair: NamedCount[];
}

/** The server counts every series for this: to be asked when somebody wants to know. */
export async function tsdbStatus(limit: number, options: RequestOptions = {}): Promise<TsdbStatus> {
  return (await ask<TsdbStatus>('status/tsdb', { limit }, options)).data;
}
