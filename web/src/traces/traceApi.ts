import { getJson } from '../seam';
import { decodeTrace } from './model/decode';
import type { Trace } from './model/decode';
import type { TraceByIdAnswer } from './model/otlp';
import { foundTraces } from './search/searchAnswer';
import type { FoundTrace, SearchAnswer } from './search/searchAnswer';
import type { TagValue } from './search/traceqlCompletion';

/** @returns null when the server does not know the trace */
export async function fetchTrace(traceId: string, signal: AbortSignal): Promise<Trace | null> {
  try {
    const answer = await getJson<TraceByIdAnswer>(`/api/v2/traces/${traceId}`, {}, { signal, headers: { accept: 'application/json' } });
    return decodeTrace(traceId, answer);
  } catch (error) {
    if ((error as { status?: number }).status === 404) return null;
    throw error;
  }
}

export interface TraceSearchRequest {
  query: string;
  startMs: number;
  endMs: number;
  limit: number;
}

export interface TraceSearchResult {
  traces: FoundTrace[];
  inspectedBytes: number;
  inspectedTraces: number;
}

/** Spans that are shown of each trace found; only the first one is used, to open the trace at it. */
const SPANS_PER_SET = 3;

export async function searchTraces({ query, startMs, endMs, limit }: TraceSearchRequest, signal: AbortSignal): Promise<TraceSearchResult> {
  const answer = await getJson<SearchAnswer>(
    '/api/search',
    { q: query, limit: String(limit), spss: String(SPANS_PER_SET), start: seconds(startMs), end: String(Math.max(Math.ceil(endMs / 1000), Math.floor(startMs / 1000) + 1)) },
    { signal },
  );
  return {
    traces: foundTraces(answer),
    inspectedBytes: Number(answer.metrics?.inspectedBytes ?? 0),
    inspectedTraces: Number(answer.metrics?.inspectedTraces ?? 0),
  };
}

interface TagsAnswer {
  scopes?: { name: string; tags?: string[] }[];
}

/** Names as TraceQL wants them: with their scope, intrinsics bare. */
export async function fetchTags(startMs: number, endMs: number, signal?: AbortSignal): Promise<string[]> {
  const answer = await getJson<TagsAnswer>('/api/v2/search/tags', { start: seconds(startMs), end: seconds(endMs) }, { signal });
  return (answer.scopes ?? []).flatMap(({ name, tags }) => (tags ?? []).map((tag) => (name === 'intrinsic' ? tag : `${name}.${tag}`)));
}

export async function fetchTagValues(tag: string, query: string | null, startMs: number, endMs: number, signal?: AbortSignal): Promise<TagValue[]> {
  const answer = await getJson<{ tagValues?: TagValue[] }>(
    `/api/v2/search/tag/${encodeURIComponent(tag)}/values`,
    { q: query ?? undefined, start: seconds(startMs), end: seconds(endMs) },
    { signal },
  );
  return answer.tagValues ?? [];
}

function seconds(ms: number): string {
  return String(Math.floor(ms / 1000));
}
