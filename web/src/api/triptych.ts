import { getJson } from './http';
import type { RequestOptions } from './http';

export type Signal = 'metrics' | 'logs' | 'traces';

export const SIGNALS: readonly Signal[] = ['metrics', 'logs', 'traces'];

export type Protocol = 'otlp_grpc' | 'otlp_http' | 'remote_write' | 'loki_push' | 'elasticsearch_bulk' | 'ndjson' | 'syslog' | 'scrape' | 'tail' | 'host' | 'derived';

export interface SourceStatus {
  protocol: Protocol;
  acceptedTotal: number;
  refusedTotal: number;
  /** Of what was accepted, what came in requests whose last item was minutes old. */
  lateTotal?: number;
  /** How old the last item of the last request was; null when none has come. */
  delayMs?: number | null;
  /** Items by the server's word for why. */
  refusedByReason?: Record<string, number>;
  /** Unix milliseconds; null when nothing was ever accepted. */
  lastReceivedUnixMs: number | null;
}

export interface SignalStatus {
  /** Samples, lines or spans since the server's start. */
  acceptedTotal: number;
  perSecond: number;
  refusedTotal: number;
  lastReceivedUnixMs: number | null;
  sources: SourceStatus[];
  /** Whether something is kept from before the server's start. */
  hasStored?: boolean;
}

/** One thing that was refused, as a sample of its kind. */
export interface Refusal {
  atUnixMs: number;
  protocol: Protocol;
  signal: Signal;
  tenant: string;
  reason: string;
  count: number;
  /** What was wrong with it, in a sentence. */
  detail: string;
}

/** That the tenant has sent more series than are indexed in memory. All samples are kept. */
export interface SeriesOverLimit {
  limit: number;
  /** Further series in memory when they were last sent. */
  overflowSeries: number;
  /** Their samples since the server's start. */
  overflowSamples: number;
}

/** What arrives: the answer of `/api/triptych/v1/status/sources`. */
export interface SourcesStatus {
  signals: Record<Signal, SignalStatus>;
  /** The latest refusals of the tenant, newest first. */
  refusals?: Refusal[];
  /** Empty while all series are within the tenant's limit. */
  seriesOverLimit?: SeriesOverLimit[];
  /** Older than this is late. */
  lateAfterMs?: number;
  listeners: { port: number; purpose: string }[];
  version: string;
  startedUnixMs: number;
}

export function sourcesStatus(options: RequestOptions = {}): Promise<SourcesStatus> {
  return getJson('/api/triptych/v1/status/sources', {}, options);
}
