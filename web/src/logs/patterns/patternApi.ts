import { getJson } from '../../api/http';
import { levelOf } from '../parse/level';
import type { Level } from '../parse/level';
import { nanos } from '../query/lokiApi';

/** What many lines have in common; `<_>` stands where they differ. */
export interface LogPattern {
  text: string;
  level: Level;
  count: number;
  /** Lines by step, zero where there were none. */
  counts: readonly number[];
}

interface PatternsAnswer {
  data?: { pattern: string; level?: string; samples?: [number, number][] }[];
  warnings?: string[];
}

/** Patterns of the streams of a selector, most frequent first. */
export async function fetchPatterns(selector: string, startMs: number, endMs: number, stepSeconds: number, signal: AbortSignal): Promise<{ patterns: LogPattern[]; warnings: readonly string[] }> {
  const answer = await getJson<PatternsAnswer>('/loki/api/v1/patterns', { query: selector, start: String(nanos(startMs)), end: String(nanos(endMs)), step: `${stepSeconds}s` }, { signal }, true);
  return { patterns: patternsOf(answer, startMs, endMs, stepSeconds), warnings: answer.warnings ?? [] };
}

/** The same text may come once for each level. */
export function patternsOf(answer: PatternsAnswer, startMs: number, endMs: number, stepSeconds: number): LogPattern[] {
  const first = Math.floor(startMs / 1000 / stepSeconds);
  const stepCount = Math.max(1, Math.ceil(endMs / 1000 / stepSeconds) - first);
  return (answer.data ?? [])
    .map(({ pattern, level, samples }) => {
      const counts = new Array<number>(stepCount).fill(0);
      let count = 0;
      for (const [seconds, lines] of samples ?? []) {
        count += lines;
        const step = Math.floor(seconds / stepSeconds) - first;
        if (step >= 0 && step < stepCount) counts[step]! += lines;
      }
      return { text: pattern, level: levelOf(level) ?? 'unknown', count, counts };
    })
    .sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1));
}

/** The step of their counts: about as many as a small picture has room for. The server counts by ten seconds at least. */
export function patternStepSeconds(rangeMs: number): number {
  const wanted = rangeMs / 1000 / 60;
  return [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400].find((step) => step >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400;
}
