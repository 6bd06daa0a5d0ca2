import type { Direction } from './query/lokiAnswer';

/** What the address of /explore/logs holds beside the time range. */
export interface LogsUrl {
  query: string;
  limit: number;
  direction: Direction;
  wrap: boolean;
  pretty: boolean;
}

export const LOG_LIMITS = [100, 500, 1000, 2000, 5000] as const;
const DEFAULT_LIMIT = 1000;

/** The names in the address. Values are text, or what the router made of them. */
export interface LogsSearch {
  q?: string;
  limit?: number;
  dir?: 'forward';
  wrap?: 1;
  pretty?: 1;
}

/** Takes whatever stands in the address; what makes no sense becomes the default. */
export function readLogsUrl(search: Readonly<Record<string, unknown>>): LogsUrl {
  const limit = Number(search.limit);
  return {
    query: typeof search.q === 'string' ? search.q : '',
    limit: Number.isInteger(limit) && limit > 0 && limit <= 5000 ? limit : DEFAULT_LIMIT,
    direction: search.dir === 'forward' ? 'forward' : 'backward',
    wrap: String(search.wrap) === '1',
    pretty: String(search.pretty) === '1',
  };
}

/** Defaults are left out, so that addresses stay short; `undefined` removes a name. */
export function writeLogsUrl(state: LogsUrl): { [K in keyof LogsSearch]-?: LogsSearch[K] | undefined } {
  return {
    q: state.query || undefined,
    limit: state.limit === DEFAULT_LIMIT ? undefined : state.limit,
    dir: state.direction === 'forward' ? 'forward' : undefined,
    wrap: state.wrap ? 1 : undefined,
    pretty: state.pretty ? 1 : undefined,
  };
}
