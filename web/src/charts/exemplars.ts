import type { ExemplarSeries, Labels } from '../api/prometheus';
import { asTraceId, isTraceKey } from '../logs/parse/traceIds';
import { parseSample } from './frame';

/** A single event behind a chart, with the trace it belongs to. */
export interface Exemplar {
  traceId: string;
  atMs: number;
  /** In the chart's unit; null where it measures something else than the chart, and stands at its foot. */
  value: number | null;
  /** What is known of it, for reading. */
  labels: Labels;
  /** Whether it failed. */
  failed: boolean;
}

/** Labels that say nothing to a reader: how the server counts, not what happened. */
const MUTE = new Set(['__name__', 'le']);

/** Exemplars that name a trace; others lead nowhere and are left out. `measure` says whether a series' exemplars have the chart's unit; `traceLabel` names the trace beside the usual names. */
export function exemplarsOf(series: readonly ExemplarSeries[], measure: (metric: string) => boolean, traceLabel = ''): Exemplar[] {
  const isTrace = (name: string) => name === traceLabel || isTraceKey(name);
  const found = new Map<string, Exemplar>();
  for (const { seriesLabels, exemplars } of series) {
    const measures = measure(seriesLabels['__name__'] ?? '');
    for (const { labels, value, timestamp } of exemplars) {
      const key = Object.keys(labels).find(isTrace);
      const traceId = key === undefined ? null : asTraceId(labels[key]);
      const number = parseSample(value);
      if (traceId === null || !Number.isFinite(number)) continue;
      const known = Object.fromEntries(Object.entries({ ...seriesLabels, ...labels }).filter(([name]) => !MUTE.has(name) && !isTrace(name)));
      const atMs = timestamp * 1000;
      found.set(`${traceId} ${atMs} ${value}`, { traceId, atMs, value: measures ? number : null, labels: known, failed: isFailure(known) });
    }
  }
  return [...found.values()].sort((a, b) => a.atMs - b.atMs);
}

function isFailure(labels: Labels): boolean {
  const code = labels['http_response_status_code'] ?? labels['status'] ?? labels['code'] ?? '';
  return labels['status_code'] === 'STATUS_CODE_ERROR' || /^5\d\d$/.test(code);
}

/**
 * As many as can be told apart: time is cut into `cells`, and of each cell the largest stays and, beside it, the largest that failed, for
 * these are what one looks for.
 */
export function thinned(exemplars: readonly Exemplar[], startMs: number, endMs: number, cells: number): Exemplar[] {
  const kept = new Map<string, Exemplar>();
  const size = (one: Exemplar) => one.value ?? 0;
  for (const one of exemplars) {
    if (one.atMs < startMs || one.atMs > endMs) continue;
    const cell = `${Math.min(cells - 1, Math.floor(((one.atMs - startMs) / (endMs - startMs)) * cells))} ${one.failed}`;
    const before = kept.get(cell);
    if (before === undefined || size(one) > size(before)) kept.set(cell, one);
  }
  return [...kept.values()].sort((a, b) => a.atMs - b.atMs);
}

/** How far above the lines the value axis reaches for exemplars; what lies higher is shown at its edge, so that lines keep their shape. */
const MOST_HEADROOM = 2;

/** The largest value that the axis should hold: of lines up to `max` and of the exemplars not far above them. */
export function maxWithExemplars(max: number | null, exemplars: readonly Exemplar[]): number | null {
  const values = exemplars.flatMap(({ value }) => (value === null ? [] : [value]));
  if (max === null || max <= 0) return values.length === 0 ? max : Math.max(max ?? 0, ...values);
  return Math.max(max, ...values.filter((value) => value <= max * MOST_HEADROOM));
}
