import type { PrometheusStats } from '../../api/prometheus';
import { formatMillis } from '../../format/duration';
import { formatBytes, formatCount } from '../../format/number';

/** One number that a server told of a query. */
export interface Statistic {
  name: string;
  value: string;
  /** The server's own word for it. */
  key: string;
}

type Kind = 'seconds' | 'count' | 'bytes';

/** What the servers' words mean, in the order in which they are shown. Words that are not here are shown as they are. */
const KNOWN: Readonly<Record<string, readonly [name: string, kind: Kind]>> = {
  // Prometheus
  execTotalTime: ['Time on the server', 'seconds'],
  evalTotalTime: ['Evaluated in', 'seconds'],
  execQueueTime: ['Waited for its turn', 'seconds'],
  samplesRead: ['Samples read', 'count'],
  totalQueryableSamples: ['Samples looked at, over all steps', 'count'],
  peakSamples: ['Samples in memory at most', 'count'],
  // Loki
  execTime: ['Evaluated in', 'seconds'],
  queueTime: ['Waited for its turn', 'seconds'],
  totalLinesProcessed: ['Lines scanned', 'count'],
  totalPostFilterLines: ['Lines that passed', 'count'],
  totalEntriesReturned: ['Lines or points returned', 'count'],
  totalBytesProcessed: ['Bytes scanned', 'bytes'],
  bytesProcessedPerSecond: ['Bytes a second', 'bytes'],
  linesProcessedPerSecond: ['Lines a second', 'count'],
  totalPagesProcessed: ['Pages read', 'count'],
  // Tempo
  inspectedTraces: ['Traces looked at', 'count'],
  inspectedSpans: ['Spans looked at', 'count'],
  inspectedBytes: ['Bytes scanned', 'bytes'],
  totalBlocks: ['Blocks', 'count'],
  completedJobs: ['Parts read', 'count'],
  totalJobs: ['Parts in all', 'count'],
  totalBlockBytes: ['Bytes of these blocks', 'bytes'],
};
const ORDER = Object.keys(KNOWN);

/** Zeros of these say that the server does not measure it, which is no news. */
function isSilent(key: string, value: number): boolean {
  return value === 0 && !(key in KNOWN);
}

function textOf(value: number, kind: Kind | undefined): string {
  if (kind === 'seconds') return formatMillis(value * 1000);
  return kind === 'bytes' ? formatBytes(value) : formatCount(value);
}

/** Numbers of an object, Tempo's among them, which come as texts. */
export function statisticsOf(stats: Readonly<Record<string, unknown>> | undefined): Statistic[] {
  const found = Object.entries(stats ?? {}).flatMap(([key, value]) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number) || isSilent(key, number)) return [];
    const known = Object.hasOwn(KNOWN, key) ? KNOWN[key] : undefined;
    return [{ key, name: known?.[0] ?? key, value: textOf(number, known?.[1]) }];
  });
  const rank = (key: string) => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);
  return found.sort((a, b) => rank(a.key) - rank(b.key));
}

/** What Prometheus' `stats` tell; times that are never measured are left out. */
export function prometheusStatistics(stats: PrometheusStats | undefined): Statistic[] {
  const { resultSortTime: _, queryPreparationTime: __, innerEvalTime: ___, ...timings } = stats?.timings ?? {};
  return statisticsOf({ ...timings, ...stats?.samples });
}
