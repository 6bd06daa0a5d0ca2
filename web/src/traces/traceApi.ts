import { ApiError } from '../api/http';
import type { Exchange } from '../api/http';
import { tempoSearch, tempoTagNames, tempoTagValues, tempoTrace } from '../api/tempo';
import { decodeTrace } from './model/decode';
import type { Trace } from './model/decode';
import type { TraceByIdAnswer } from './model/otlp';
import { foundTraces } from './search/searchAnswer';
import type { FoundTrace } from './search/searchAnswer';
import type { TagValue } from './search/traceqlCompletion';

/** @returns null when the server does not know the trace */
export async function fetchTrace(traceId: string, signal: AbortSignal): Promise<Trace | null> {
  try {
    const answer = await tempoTrace<TraceByIdAnswer>(traceId, null, { signal });
    return decodeTrace(traceId, answer);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
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
  /** What the server tells that it looked at. */
  statistics: Readonly<Record<string, unknown>>;
  exchange: Exchange | null;
}

/** Spans that are returned of each trace found; only the first one is used, to open the trace at it. */
const SPANS_PER_SET = 3;

export async function searchTraces(request: TraceSearchRequest, signal: AbortSignal): Promise<TraceSearchResult> {
  let exchange: Exchange | null = null;
  const answer = await tempoSearch({ ...request, spansPerSpanSet: SPANS_PER_SET }, { signal, onExchange: (told) => (exchange = told) });
  return { traces: foundTraces(answer), inspectedBytes: Number(answer.metrics?.inspectedBytes ?? 0), statistics: answer.metrics ?? {}, exchange };
}

/** Names as TraceQL wants them: with their scope, intrinsics bare. */
export async function fetchTags(startMs: number, endMs: number, signal?: AbortSignal): Promise<string[]> {
  const scopes = await tempoTagNames({ startMs, endMs }, { signal });
  return scopes.flatMap(({ name, tags }) => tags.map((tag) => (name === 'intrinsic' ? tag : `${name}.${tag}`)));
}

export function fetchTagValues(tag: string, startMs: number, endMs: number, signal?: AbortSignal): Promise<TagValue[]> {
  return tempoTagValues(tag, { startMs, endMs }, { signal });
}
