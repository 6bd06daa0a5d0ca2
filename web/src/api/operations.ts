import { ApiError, errorOf, getJson } from './http';
import type { RequestOptions } from './http';
import type { Signal } from './triptych';

export type Language = 'promql' | 'logql' | 'traceql' | 'remote_read';

/** A query that waits or runs. Times are Unix milliseconds, sizes bytes. */
export interface RunningQuery {
  id: string;
  language: Language;
  /** Method and path. */
  api: string;
  text: string;
  textIsCut: boolean;
  tenant: string;
  startUnixMs: number | null;
  endUnixMs: number | null;
  stepMs: number | null;
  startedUnixMs: number;
  elapsedMs: number;
  waitedMs: number;
  timeoutMs: number;
  state: 'waiting' | 'running' | 'stopping';
  bytesRead: number;
  rowsRead: number;
  memoryBytes: number;
  peakMemoryBytes: number;
  remoteAddress: string;
  userAgent: string;
}

export interface RunningQueries {
  queries: RunningQuery[];
  total: number;
  running: number;
  slots: number;
  memoryBytes: number;
  memoryLimitBytes: number;
}

export function runningQueries(options: RequestOptions = {}): Promise<RunningQueries> {
  return getJson('/api/triptych/v1/queries', {}, options);
}

/** Stops a query; resolves to false where it was over already. */
export async function stopQuery(id: string): Promise<boolean> {
  let response: Response;
  try {
    response = await fetch(`/api/triptych/v1/queries/${encodeURIComponent(id)}`, { method: 'DELETE' });
  } catch {
    throw new ApiError('The server does not answer, so that the query could not be stopped.', 0, 'unreachable');
  }
  if (response.ok) return true;
  if (response.status === 404) return false;
  throw errorOf(response.status, response.statusText, await response.text());
}

/** What a query would read at most. */
export interface Price {
  language: Language;
  scans: number;
  blocks: number;
  blockBytes: number;
  readBytes: number;
  series: number;
  items: 'samples' | 'lines' | 'spans';
  rows: number;
  memorySeries: number;
  memoryRows: number;
  unopenedBlocks: number;
  notes: string[];
}

export interface PriceQuestion {
  language: Language;
  query: string;
  startMs: number;
  endMs: number;
  /** Between two evaluations; absent for lines and traces, and for one time. */
  stepMs?: number;
}

export function queryPrice({ language, query, startMs, endMs, stepMs }: PriceQuestion, options: RequestOptions = {}): Promise<Price> {
  const step = stepMs === undefined ? undefined : `${Math.max(1, Math.round(stepMs))}ms`;
  return getJson('/api/triptych/v1/query/price', { language, query, start: startMs / 1000, end: endMs / 1000, step }, options);
}

export interface ScrapeTarget {
  job: string;
  url: string;
  labels: Record<string, string>;
  discoveredLabels: Record<string, string>;
  health: 'up' | 'down' | 'unknown';
  lastError: string;
  lastScrapeUnixMs: number | null;
  lastDurationMs: number;
  intervalMs: number;
  timeoutMs: number;
  samplesScraped: number;
  samplesKept: number;
  seriesAdded: number;
}

export interface TailedFile {
  path: string;
  offsetBytes: number;
  sizeBytes: number;
  lastReadUnixMs: number | null;
  lostSinceUnixMs: number | null;
}

export interface TargetsStatus {
  targets: ScrapeTarget[];
  files: TailedFile[];
  followsFiles: boolean;
  maxFiles: number;
}

export function targetsStatus(options: RequestOptions = {}): Promise<TargetsStatus> {
  return getJson('/api/triptych/v1/status/targets', {}, options);
}

export interface Unflushed {
  memoryBytes: number;
  flushAtBytes: number;
  maxBytes: number;
  waiting: number;
  isFlushing: boolean;
  oldestUnixMs: number | null;
  flushDueUnixMs: number | null;
  walBytes: number;
  walQueuedBytes: number;
  walSegment: number;
  whyRefusing: string | null;
  lastFlush: { atUnixMs: number; durationMs: number; blocks: number; rows: number; bytes: number } | null;
  lastFailure: { atUnixMs: number; reason: string } | null;
}

export interface RunningMerge {
  tenant: string;
  level: number;
  reason: string;
  blocks: number;
  bytes: number;
}

export interface StoredSignal {
  blocks: number;
  rows: number;
  bytes: number;
  oldestUnixMs: number | null;
  newestUnixMs: number | null;
  levels: { level: number; blocks: number; bytes: number }[];
  pendingMerges: number;
  pendingMergeBytes: number;
  runningMerges: RunningMerge[];
  replay: { done: boolean; records: number; bytesDone: number; bytesTotal: number };
  unflushed: Unflushed;
  /** Null: for ever, without a limit. */
  retention: { timeMs: number | null; sizeBytes: number | null; rules: { selector: string; timeMs: number | null; sizeBytes: number | null }[] };
  nextExpiryUnixMs: number | null;
  soon: { reason: 'time' | 'size' | 'disk_budget'; blocks: number; bytes: number }[];
}

export interface StorageStatus {
  signals: Record<Signal, StoredSignal>;
  blockBytes: number;
  otherBytes: number;
  foreignBytes: number;
  diskBudgetBytes: number | null;
  freeBytes: number | null;
  quarantined: { block: string; tenant: string | null; signal: string | null; objectKey: string; offset: number; reason: string; foundUnixMs: number }[];
  waitingAfterFailure: number;
  pendingDeletions: number;
  soonMs: number;
  tenants: { tenant: string; signal: Signal; blocks: number; rows: number; bytes: number; oldestUnixMs: number; newestUnixMs: number }[];
}

export function storageStatus(options: RequestOptions = {}): Promise<StorageStatus> {
  return getJson('/api/triptych/v1/status/storage', {}, options);
}

export interface Deletion {
  id: string;
  signal: Signal;
  queries: string[];
  startUnixMs: number;
  endUnixMs: number;
  createdUnixMs: number;
  state: string;
  blocksDone: number;
  blocksTotal: number;
  rowsDeleted: number;
  unreadableObjects: number;
  finishedUnixMs: number | null;
}

export async function deletions(options: RequestOptions = {}): Promise<Deletion[]> {
  return (await getJson<{ deletions: Deletion[] }>('/api/triptych/v1/deletions', {}, options)).deletions;
}

export interface StreamsStatus {
  streams: number;
  labelNames: number;
  labels: { name: string; values: number; streams: number }[];
  pairs: { name: string; value: string; streams: number }[];
  warnings: string[];
}

/** Streams of logs by label, over a range. */
export function streamsStatus(startMs: number, endMs: number, limit: number, options: RequestOptions = {}): Promise<StreamsStatus> {
  return getJson('/api/triptych/v1/status/streams', { start: startMs / 1000, end: endMs / 1000, limit }, options);
}

export interface NamedCount {
  name: string;
  value: number;
}

export interface SeriesStatus {
  headStats: { numSeries: number; numLabelPairs: number; chunkCount: number };
  seriesCountByMetricName: NamedCount[];
  labelValueCountByLabelName: NamedCount[];
  memoryInBytesByLabelName: NamedCount[];
  seriesCountByLabelValuePair: NamedCount[];
}

/** What makes the number of series, over all that is stored. */
export async function seriesStatus(limit: number, options: RequestOptions = {}): Promise<SeriesStatus> {
  return (await getJson<{ data: SeriesStatus }>('/api/v1/status/tsdb', { limit }, options)).data;
}

/** Samples of the metrics in blocks. */
export async function storedSamples(options: RequestOptions = {}): Promise<number> {
  const { data } = await getJson<{ data: { blocks: { stats: { numSamples: number } }[] } }>('/api/v1/status/tsdb/blocks', {}, options);
  return data.blocks.reduce((sum, block) => sum + block.stats.numSamples, 0);
}

/** Spans by service, over a range, the most first. */
export async function spansByService(startMs: number, endMs: number, options: RequestOptions = {}): Promise<NamedCount[]> {
  const q = '{ } | count_over_time() by (resource.service.name)';
  const answer = await getJson<{ series?: { labels?: { value?: { stringValue?: string } }[]; value?: number }[] }>(
    '/api/metrics/query',
    { q, start: Math.floor(startMs / 1000), end: Math.ceil(endMs / 1000) },
    options,
  );
  return (answer.series ?? [])
    .map((series) => ({ name: series.labels?.[0]?.value?.stringValue ?? '(none)', value: series.value ?? 0 }))
    .sort((a, b) => b.value - a.value);
}

export type PartState = 'well' | 'waiting' | 'warning' | 'failing';

export interface ServerStatus {
  version: string;
  revision: string;
  startedUnixMs: number;
  uptimeMs: number;
  host: string;
  process: number;
  runtime: string;
  system: string;
  architecture: string;
  processors: number;
  cpuMs: number;
  threads: number;
  residentBytes: number;
  heapBytes: number;
  availableBytes: number;
  memory: { name: string; usedBytes: number; limitBytes: number | null; setting: string | null }[];
  parts: { name: string; state: PartState; detail: string | null }[];
}

export function serverStatus(options: RequestOptions = {}): Promise<ServerStatus> {
  return getJson('/api/triptych/v1/status/server', {}, options);
}

/** The configuration as YAML, without secrets. */
export async function configuration(options: RequestOptions = {}): Promise<string> {
  return (await getJson<{ data: { yaml: string } }>('/api/v1/status/config', {}, options)).data.yaml;
}

/** Settings by the names of Prometheus' flags. */
export async function flags(options: RequestOptions = {}): Promise<Record<string, string>> {
  return (await getJson<{ data: Record<string, string> }>('/api/v1/status/flags', {}, options)).data;
}
