import { one } from '../search';
import type { SearchView, UrlSearch } from '../search';
import { DEFAULT_RANGE } from '../../time/range';
import type { RawRange } from '../../time/range';

/** What a pane can show. A trace comes only by being opened from another pane. */
export type PaneKind = 'metrics' | 'logs' | 'traces' | 'trace';

export const PANE_KINDS: readonly PaneKind[] = ['metrics', 'logs', 'traces', 'trace'];

/** Names the right pane's kind; absent while there is one pane. Its keys are those of the left one with this before them. */
const KIND_KEY = 'right';
const PREFIX = 'r.';
const RANGE_KEYS: ReadonlySet<string> = new Set(['from', 'to']);
const SHARED_KEYS: ReadonlySet<string> = new Set(['from', 'to', 'refresh']);

export function rightKind(search: UrlSearch): PaneKind | null {
  const kind = one(search[KIND_KEY]);
  return PANE_KINDS.find((known) => known === kind) ?? null;
}

/** Whether the right pane has a time range of its own. */
export function isApart(search: UrlSearch): boolean {
  return search[`${PREFIX}from`] !== undefined || search[`${PREFIX}to`] !== undefined;
}

/** The right pane's own range; null while it is that of the left one. */
export function rightRange(search: UrlSearch): RawRange | null {
  if (!isApart(search)) return null;
  return { from: one(search[`${PREFIX}from`]) || DEFAULT_RANGE.from, to: one(search[`${PREFIX}to`]) || DEFAULT_RANGE.to };
}

/** The right pane's state: its own keys, and the time range and refresh of both where it has none. */
export const RIGHT_VIEW: SearchView = {
  read: (search) => {
    const own: UrlSearch = {};
    const apart = isApart(search);
    for (const [key, value] of Object.entries(search)) {
      if (key.startsWith(PREFIX)) own[key.slice(PREFIX.length)] = value;
      else if (SHARED_KEYS.has(key) && !(apart && RANGE_KEYS.has(key))) own[key] = value;
    }
    return own;
  },
  write: (changes, search) => {
    const apart = isApart(search);
    const written: UrlSearch = {};
    for (const [key, value] of Object.entries(changes)) {
      if (!SHARED_KEYS.has(key) || (apart && RANGE_KEYS.has(key))) written[PREFIX + key] = value;
      else written[key] = value;
    }
    // Without a range of its own in the address the pane would follow the left one again.
    if (apart && 'from' in changes && 'to' in changes) {
      written[`${PREFIX}from`] ??= DEFAULT_RANGE.from;
      written[`${PREFIX}to`] ??= DEFAULT_RANGE.to;
    }
    return written;
  },
};

/** The left pane's own keys: neither shared nor the right one's. */
function leftKeys(search: UrlSearch): [string, UrlSearch[string]][] {
  return Object.entries(search).filter(([key]) => key !== KIND_KEY && !key.startsWith(PREFIX) && !SHARED_KEYS.has(key));
}

function rightKeys(search: UrlSearch): [string, UrlSearch[string]][] {
  return Object.entries(search).filter(([key]) => key.startsWith(PREFIX));
}

function sharedKeys(search: UrlSearch): [string, UrlSearch[string]][] {
  return Object.entries(search).filter(([key]) => SHARED_KEYS.has(key));
}

/** A second pane beside the first one, which begins as its copy. */
export function split(search: UrlSearch, kind: PaneKind): UrlSearch {
  return { ...search, [KIND_KEY]: kind, ...Object.fromEntries(leftKeys(search).map(([key, value]) => [PREFIX + key, value])) };
}

/** The address with only the left pane. */
export function closeRight(search: UrlSearch): UrlSearch {
  return Object.fromEntries([...leftKeys(search), ...sharedKeys(search)]);
}

/** The address in which the right pane is the only one; where it leads is the right pane's kind. */
export function closeLeft(search: UrlSearch): UrlSearch {
  const own = RIGHT_VIEW.read(search);
  return Object.fromEntries(Object.entries(own));
}

/** The panes change places. A trace has no place of its own at the left, so it cannot. */
export function swap(search: UrlSearch, left: PaneKind): UrlSearch {
  const apart = rightRange(search);
  const swapped: UrlSearch = Object.fromEntries([
    ...rightKeys(search).map(([key, value]) => [key.slice(PREFIX.length), value] as const),
    ...leftKeys(search).map(([key, value]) => [PREFIX + key, value] as const),
  ]);
  return {
    ...swapped,
    refresh: search.refresh,
    from: apart === null ? search.from : apart.from,
    to: apart === null ? search.to : apart.to,
    ...(apart === null ? {} : { [`${PREFIX}from`]: search.from ?? DEFAULT_RANGE.from, [`${PREFIX}to`]: search.to ?? DEFAULT_RANGE.to }),
    [KIND_KEY]: left,
  };
}

/** Another kind in the right pane: what it asked before means nothing there, its range stays. */
export function withRightKind(search: UrlSearch, kind: PaneKind, own: UrlSearch = {}): UrlSearch {
  const kept = rightKeys(search).filter(([key]) => RANGE_KEYS.has(key.slice(PREFIX.length)));
  return {
    ...Object.fromEntries([...leftKeys(search), ...sharedKeys(search), ...kept]),
    [KIND_KEY]: kind,
    ...Object.fromEntries(Object.entries(own).map(([key, value]) => [PREFIX + key, value])),
  };
}

/** Another kind at the left: the right pane stays as it is. */
export function withLeftKind(search: UrlSearch): UrlSearch {
  return Object.fromEntries([...sharedKeys(search), ...Object.entries(search).filter(([key]) => key === KIND_KEY || key.startsWith(PREFIX))]);
}

/** Gives the right pane the range that it shows as its own, or lets it follow the left one. */
export function withRangesApart(search: UrlSearch, apart: boolean): UrlSearch {
  return {
    ...search,
    [`${PREFIX}from`]: apart ? (search.from ?? DEFAULT_RANGE.from) : undefined,
    [`${PREFIX}to`]: apart ? (search.to ?? DEFAULT_RANGE.to) : undefined,
  };
}
