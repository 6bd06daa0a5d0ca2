import { getJson } from './http';
import type { RequestOptions } from './http';

export interface TempoAttribute {
  key: string;
  value: { stringValue?: string; intValue?: string; doubleValue?: number; boolValue?: boolean };
}

export interface TempoSpan {
  spanID: string;
  name?: string;
  startTimeUnixNano: string;
  durationNanos: string;
  attributes?: TempoAttribute[];
}

export interface TempoTraceSummary {
  traceID: string;
  rootServiceName?: string;
  rootTraceName?: string;
  startTimeUnixNano: string;
  durationMs?: number;
  spanSets?: { spans: TempoSpan[]; matched: number }[];
  serviceStats?: Record<string, { spanCount?: number; errorCount?: number }>;
}

export interface TempoSearchAnswer {
  traces?: TempoTraceSummary[];
  metrics?: { inspectedTraces?: number; inspectedBytes?: string; inspectedSpans?: string } & Record<string, unknown>;
}

export interface TempoSearch {
  query: string;
  startMs: number;
  endMs: number;
  limit?: number;
  spansPerSpanSet?: number;
}

/** Traces with spans that match a TraceQL query. */
export function tempoSearch(q: TempoSearch, options: RequestOptions = {}): Promise<TempoSearchAnswer> {
  const start = Math.floor(q.startMs / 1000);
  const params = { q: q.query, start, end: Math.max(start + 1, Math.ceil(q.endMs / 1000)), limit: q.limit, spss: q.spansPerSpanSet };
  return getJson('/api/search', params, options);
}

/** A whole trace; an unknown id answers with an empty trace. The body is OTLP JSON, read by the traces pages. */
export function tempoTrace<T>(traceId: string, range: { startMs: number; endMs: number } | null, options: RequestOptions = {}): Promise<T> {
  const params = range === null ? {} : { start: Math.floor(range.startMs / 1000), end: Math.ceil(range.endMs / 1000) };
  return getJson(`/api/v2/traces/${encodeURIComponent(traceId)}`, params, options);
}

/** Names of attributes by scope. */
export async function tempoTagNames(range: { startMs: number; endMs: number }, options: RequestOptions = {}): Promise<{ name: string; tags: string[] }[]> {
  const params = { start: Math.floor(range.startMs / 1000), end: Math.ceil(range.endMs / 1000) };
  return (await getJson<{ scopes?: { name: string; tags?: string[] }[] }>('/api/v2/search/tags', params, options)).scopes?.map((s) => ({ name: s.name, tags: s.tags ?? [] })) ?? [];
}

/** Values of an attribute such as `resource.service.name` or `status`. */
export async function tempoTagValues(tag: string, range: { startMs: number; endMs: number }, options: RequestOptions = {}): Promise<{ type: string; value: string }[]> {
  const params = { start: Math.floor(range.startMs / 1000), end: Math.ceil(range.endMs / 1000) };
  return (await getJson<{ tagValues?: { type: string; value: string }[] }>(`/api/v2/search/tag/${encodeURIComponent(tag)}/values`, params, options)).tagValues ?? [];
}

/** Series of TraceQL metrics over a range: samples stand at the end of their step. */
export interface TempoMetricsAnswer {
  series?: { labels: TempoAttribute[]; samples?: { timestampMs: string | number; value?: number }[] }[];
}

/** A TraceQL metrics query over a range. */
export function tempoMetricsRange(q: { query: string; startMs: number; endMs: number; stepSeconds: number }, options: RequestOptions = {}): Promise<TempoMetricsAnswer> {
  return getJson('/api/metrics/query_range', { q: q.query, start: Math.floor(q.startMs / 1000), end: Math.ceil(q.endMs / 1000), step: `${q.stepSeconds}s` }, options);
}
