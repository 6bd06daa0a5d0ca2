import { one } from '../app/search';
import type { UrlSearch } from '../app/search';
import type { TraceOrder } from './search/searchAnswer';

/** What the address of /explore/traces holds beside the time range. */
export interface TracesUrl {
  query: string;
  limit: number;
  order: TraceOrder;
  isDescending: boolean;
}

export const TRACE_LIMITS = [20, 50, 100, 200, 500, 1000] as const;
const DEFAULT_LIMIT = 100;
const ORDERS: readonly TraceOrder[] = ['start', 'duration', 'spans', 'errors'];

/** In `sort`, `duration` means descending and `-duration` the other way round. */
export function readTracesUrl(search: UrlSearch): TracesUrl {
  const limit = Number(one(search.limit));
  const sort = one(search.sort) || 'start';
  const order = sort.replace(/^-/, '') as TraceOrder;
  const isKnown = ORDERS.includes(order);
  return {
    query: one(search.q) || '{ }',
    limit: Number.isInteger(limit) && limit > 0 && limit <= 1000 ? limit : DEFAULT_LIMIT,
    order: isKnown ? order : 'start',
    isDescending: !isKnown || !sort.startsWith('-'),
  };
}

export function writeTracesUrl(state: TracesUrl): UrlSearch {
  const sort = (state.isDescending ? '' : '-') + state.order;
  return {
    q: state.query === '{ }' ? undefined : state.query,
    limit: state.limit === DEFAULT_LIMIT ? undefined : String(state.limit),
    sort: sort === 'start' ? undefined : sort,
  };
}

/** What the address of /trace/{id} holds: the span whose details are open. */
export function readTraceUrl(search: UrlSearch): { spanId: string | null } {
  const span = one(search.span);
  return { spanId: /^[0-9a-f]{1,16}$/i.test(span) ? span.toLowerCase().padStart(16, '0') : null };
}
