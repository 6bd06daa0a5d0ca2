import { useSyncExternalStore } from 'react';

export type QuerySignal = 'metrics' | 'logs' | 'traces';

/** A query that was run, or saved under a name. */
export interface KeptQuery {
  signal: QuerySignal;
  query: string;
  /** When it was last run, Unix milliseconds. */
  atMs: number;
  /** Saved: kept until it is removed by hand. */
  isSaved: boolean;
  /** What it is saved as; empty for none. */
  name: string;
}

/** A convenience of this browser: nothing depends on it. */
const KEY = 'triptych.queries';
/** Of each signal; the oldest go first. */
export const MOST_RUN = 100;
/** Over all signals. */
export const MOST_SAVED = 200;
/** Longer ones are no queries that people write. */
const MOST_CHARS = 20_000;
const MOST_NAME_CHARS = 120;
const SIGNALS: readonly QuerySignal[] = ['metrics', 'logs', 'traces'];

function isKept(one: unknown): one is KeptQuery {
  if (typeof one !== 'object' || one === null) return false;
  const { signal, query, atMs, isSaved, name } = one as Record<string, unknown>;
  return SIGNALS.includes(signal as QuerySignal) && typeof query === 'string' && query.length <= MOST_CHARS && typeof atMs === 'number' && typeof isSaved === 'boolean' && typeof name === 'string';
}

/** Everything kept, the last one first. */
export function readQueries(): readonly KeptQuery[] {
  let text: string | null = null;
  try {
    text = localStorage.getItem(KEY);
  } catch {
    // Storage is switched off: nothing is kept.
  }
  if (text === cached.text) return cached.queries;
  let queries: KeptQuery[] = [];
  try {
    const kept: unknown = JSON.parse(text ?? '[]');
    if (Array.isArray(kept)) queries = kept.filter(isKept);
  } catch {
    // Something else stands there: it is written over by the next query.
  }
  cached = { text, queries };
  return queries;
}

/** The same text gives the same list, so that nothing is drawn anew for nothing. */
let cached: { text: string | null; queries: readonly KeptQuery[] } = { text: null, queries: [] };
const listeners = new Set<() => void>();

/** Puts queries in the place of those kept, as many as there is room for. */
export function writeQueries(queries: readonly KeptQuery[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(bounded(queries)));
  } catch {
    // No room or not allowed: queries run all the same.
  }
  for (const listener of listeners) listener();
}

function bounded(queries: readonly KeptQuery[]): KeptQuery[] {
  const left: Record<QuerySignal, number> = { metrics: MOST_RUN, logs: MOST_RUN, traces: MOST_RUN };
  let saved = MOST_SAVED;
  return queries.filter(({ signal, isSaved }) => (isSaved ? saved-- > 0 : left[signal]-- > 0));
}

const same = (a: Pick<KeptQuery, 'signal' | 'query'>, b: Pick<KeptQuery, 'signal' | 'query'>) => a.signal === b.signal && a.query === b.query;

/** Notes that a query was run: it comes first, and stays saved if it was. */
export function rememberQuery(signal: QuerySignal, query: string, nowMs = Date.now()): void {
  const text = query.trim();
  if (text === '' || text.length > MOST_CHARS) return;
  const all = readQueries();
  const before = all.find((one) => same(one, { signal, query: text }));
  writeQueries([{ isSaved: false, name: '', ...before, signal, query: text, atMs: nowMs }, ...all.filter((one) => one !== before)]);
}

/** Saves a query under a name, or renames it; one that was never run, too. */
export function saveQuery(signal: QuerySignal, query: string, name: string, nowMs = Date.now()): void {
  const text = query.trim();
  if (text === '' || text.length > MOST_CHARS) return;
  const all = readQueries();
  const before = all.find((one) => same(one, { signal, query: text }));
  const saved: KeptQuery = { signal, query: text, atMs: before?.atMs ?? nowMs, isSaved: true, name: name.trim().slice(0, MOST_NAME_CHARS) };
  writeQueries(before === undefined ? [saved, ...all] : all.map((one) => (one === before ? saved : one)));
}

/** Saved no longer; it stays among those that were run. */
export function unsaveQuery(query: KeptQuery): void {
  writeQueries(readQueries().map((one) => (same(one, query) ? { ...one, isSaved: false, name: '' } : one)));
}

export function removeQuery(query: KeptQuery): void {
  writeQueries(readQueries().filter((one) => !same(one, query)));
}

/** Forgets what was run and not saved. */
export function clearHistory(signal: QuerySignal): void {
  writeQueries(readQueries().filter((one) => one.isSaved || one.signal !== signal));
}

/** Queries whose text or name holds each word, saved ones only where told, the last run first. */
export function findQueries(all: readonly KeptQuery[], signal: QuerySignal, text: string, savedOnly: boolean): KeptQuery[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return all.filter((one) => {
    const searched = `${one.query}\n${one.name}`.toLowerCase();
    return one.signal === signal && (one.isSaved || !savedOnly) && words.every((word) => searched.includes(word));
  });
}

/** What is kept, also as other tabs change it. */
export function useQueries(): readonly KeptQuery[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      window.addEventListener('storage', listener);
      return () => {
        listeners.delete(listener);
        window.removeEventListener('storage', listener);
      };
    },
    readQueries,
    readQueries,
  );
}
