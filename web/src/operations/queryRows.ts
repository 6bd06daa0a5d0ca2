import type { Language, RunningQuery } from '../api/operations';
import { formatMillis } from '../format/duration';
import { formatDateTime } from '../format/time';

export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { promql: 'PromQL', logql: 'LogQL', traceql: 'TraceQL', remote_read: 'Remote read' };

export const STATE_TEXTS: Readonly<Record<RunningQuery['state'], string>> = { waiting: 'Waiting', running: 'Running', stopping: 'Stopping' };

/** What a query asks, in words where it has no text: look-ups of names and the like. */
export function textOf(query: Pick<RunningQuery, 'text' | 'textIsCut' | 'api'>): string {
  if (query.text === '') return query.api;
  return query.textIsCut ? `${query.text} …` : query.text;
}

/** The range in words: how long, or the one time. */
export function rangeOf({ startUnixMs, endUnixMs, stepMs }: Pick<RunningQuery, 'startUnixMs' | 'endUnixMs' | 'stepMs'>): string {
  if (startUnixMs === null || endUnixMs === null) return 'all times';
  if (startUnixMs === endUnixMs) return 'one time';
  const length = formatMillis(endUnixMs - startUnixMs);
  return stepMs === null ? length : `${length} by ${formatMillis(stepMs)}`;
}

/** The range with its times, for a hint. */
export function rangeTitle({ startUnixMs, endUnixMs }: Pick<RunningQuery, 'startUnixMs' | 'endUnixMs'>): string {
  if (startUnixMs === null || endUnixMs === null) return 'The request bounds no time';
  return startUnixMs === endUnixMs ? formatDateTime(endUnixMs) : `${formatDateTime(startUnixMs)} to ${formatDateTime(endUnixMs)}`;
}

/** What the client is, out of its user agent: the product that tells most. */
export function clientOf(userAgent: string): string {
  if (userAgent === '') return 'unnamed client';
  const browser = /\b(Firefox|Edg|OPR|Chrome|Safari)\/(\d+)/.exec(userAgent);
  if (browser) return `${{ Edg: 'Edge', OPR: 'Opera' }[browser[1]!] ?? browser[1]!} ${browser[2]!}`;
  return userAgent.split(' ')[0]!.replace('/', ' ');
}
