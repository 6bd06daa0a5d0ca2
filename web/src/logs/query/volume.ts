import { LEVELS, levelOf } from '../parse/level';
import type { Level } from '../parse/level';
import type { LogRow, LokiSeries } from './lokiAnswer';

/** Line counts by level over time: bucket i covers `startMs + i·stepMs` up to the next one. */
export interface Volume {
  startMs: number;
  stepMs: number;
  bucketCount: number;
  /** Only levels that occur, in the order of severity. */
  levels: { level: Level; counts: Float64Array; total: number }[];
  total: number;
  /** False when only the returned lines were counted. */
  isComplete: boolean;
}

const STEPS_MS = [
  100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000,
  14_400_000, 21_600_000, 43_200_000, 86_400_000, 604_800_000,
];

/** The smallest round step that keeps the histogram at or below `maxBuckets` bars. */
export function volumeStepMs(rangeMs: number, maxBuckets: number): number {
  const least = rangeMs / Math.max(1, maxBuckets);
  return STEPS_MS.find((step) => step >= least) ?? Math.ceil(least / 604_800_000) * 604_800_000;
}

/** Buckets aligned to the step, so that bars stay where they are while time goes on. */
function emptyBuckets(startMs: number, endMs: number, stepMs: number) {
  const first = Math.floor(startMs / stepMs) * stepMs;
  return { startMs: first, stepMs, bucketCount: Math.max(1, Math.ceil((endMs - first) / stepMs)) };
}

/** Times to ask for: each result at time t counts (t − step, t], so the first one is the end of the first bucket. */
export function volumeRange(startMs: number, endMs: number, stepMs: number): { startMs: number; endMs: number } {
  const { startMs: first, bucketCount } = emptyBuckets(startMs, endMs, stepMs);
  return { startMs: first + stepMs, endMs: first + bucketCount * stepMs };
}

/** From a matrix by `detected_level`. */
export function volumeOfSeries(series: readonly LokiSeries[], startMs: number, endMs: number, stepMs: number): Volume {
  const buckets = emptyBuckets(startMs, endMs, stepMs);
  const counts = new Map<Level, Float64Array>();
  for (const { metric, values } of series) {
    const level = levelOf(metric.detected_level ?? metric.level) ?? 'unknown';
    const ofLevel = countsOf(counts, level, buckets.bucketCount);
    for (const [seconds, value] of values) {
      const bucket = Math.round((seconds * 1000 - buckets.startMs) / stepMs) - 1;
      if (bucket >= 0 && bucket < buckets.bucketCount) ofLevel[bucket]! += Number(value);
    }
  }
  return finish(buckets, counts, true);
}

/** From the lines at hand, for servers that refuse the counting query. */
export function volumeOfRows(rows: readonly LogRow[], startMs: number, endMs: number, stepMs: number): Volume {
  const buckets = emptyBuckets(startMs, endMs, stepMs);
  const counts = new Map<Level, Float64Array>();
  for (const row of rows) {
    const bucket = Math.floor((row.timestampMs - buckets.startMs) / stepMs);
    if (bucket >= 0 && bucket < buckets.bucketCount) countsOf(counts, row.level, buckets.bucketCount)[bucket]!++;
  }
  return finish(buckets, counts, false);
}

function countsOf(counts: Map<Level, Float64Array>, level: Level, bucketCount: number): Float64Array {
  let ofLevel = counts.get(level);
  if (!ofLevel) counts.set(level, (ofLevel = new Float64Array(bucketCount)));
  return ofLevel;
}

function finish(
  buckets: { startMs: number; stepMs: number; bucketCount: number },
  counts: Map<Level, Float64Array>,
  isComplete: boolean,
): Volume {
  const levels = LEVELS.flatMap((level) => {
    const ofLevel = counts.get(level);
    return ofLevel ? [{ level, counts: ofLevel, total: ofLevel.reduce((a, b) => a + b, 0) }] : [];
  });
  return { ...buckets, levels, total: levels.reduce((sum, l) => sum + l.total, 0), isComplete };
}
