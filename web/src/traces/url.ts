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

export interface TracesSearch {
  q?: string;
  limit?: number;
  /** `duration` sorts descending, `-duration` the other way round. */
  sort?: string;
}

export function readTracesUrl(search: Readonly<Record<string, unknown>>): TracesUrl {
  const limit = Number(search.limit);
  const sort = typeof search.sort === 'string' ? search.sort : 'start';
  const order = sort.replace(/^-/, '') as TraceOrder;
  const isKnown = ORDERS.includes(order);
  return {
    query: typeof search.q === 'string' && search.q !== '' ? search.q : '{ }',
    limit: Number.isInteger(limit) && limit > 0 && limit <= 1000 ? limit : DEFAULT_LIMIT,
    order: isKnown ? order : 'start',
    isDescending: !isKnown || !sort.startsWith('-'),
  };
}

export function writeTracesUrl(state: TracesUrl): { [K in keyof TracesSearch]-?: TracesSearch[K] | undefined } {
  const sort = (state.isDescending ? '' : '-') + state.order;
  return {
    q: state.query === '{ }' ? undefined : state.query,
    limit: state.limit === DEFAULT_LIMIT ? undefined : state.limit,
    sort: sort === 'start' ? undefined : sort,
  };
}

/** What the address of /trace/{id} holds: the span whose details are open. */
export interface TraceSearch {
  span?: string;
}

export function readTraceUrl(search: Readonly<Record<string, unknown>>): { spanId: string | null } {
  // A router that parses values makes a number of an id that has only digits.
  const span = typeof search.span === 'number' ? String(search.span) : search.span;
  return { spanId: typeof span === 'string' && /^[0-9a-f]{1,16}$/i.test(span) ? span.toLowerCase().padStart(16, '0') : null };
}
