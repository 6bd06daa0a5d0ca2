import { one } from '../app/search';
import type { UrlSearch } from '../app/search';
import type { Direction } from './query/lokiAnswer';

/** How a line is shown: its message and the other fields, as it came, or as indented JSON. */
export type LineView = 'message' | 'raw' | 'indented';

/** What the address of /explore/logs holds beside the time range. */
export interface LogsUrl {
  query: string;
  limit: number;
  direction: Direction;
  wrap: boolean;
  show: LineView;
  /** Whether lines are shown as they come. */
  live: boolean;
  /** Whether the fields of the lines stand beside them. */
  fields: boolean;
  /** Whether the patterns stand in the place of the lines. */
  patterns: boolean;
}

export const LOG_LIMITS = [100, 500, 1000, 2000, 5000] as const;
const DEFAULT_LIMIT = 1000;

/** Takes whatever stands in the address; what makes no sense becomes the default. */
export function readLogsUrl(search: UrlSearch): LogsUrl {
  const limit = Number(one(search.limit));
  return {
    query: one(search.q),
    limit: Number.isInteger(limit) && limit > 0 && limit <= 5000 ? limit : DEFAULT_LIMIT,
    direction: one(search.dir) === 'forward' ? 'forward' : 'backward',
    wrap: one(search.wrap) === '1',
    show: one(search.show) === 'raw' ? 'raw' : one(search.show) === 'indented' ? 'indented' : 'message',
    live: one(search.live) === '1',
    fields: one(search.fields) === '1',
    patterns: one(search.patterns) === '1',
  };
}

/** Defaults are left out, so that addresses stay short; `undefined` removes a name. */
export function writeLogsUrl(state: LogsUrl): UrlSearch {
  return {
    q: state.query || undefined,
    limit: state.limit === DEFAULT_LIMIT ? undefined : String(state.limit),
    dir: state.direction === 'forward' ? 'forward' : undefined,
    wrap: state.wrap ? '1' : undefined,
    show: state.show === 'message' ? undefined : state.show,
    fields: state.fields ? '1' : undefined,
    patterns: state.patterns ? '1' : undefined,
    live: state.live ? '1' : undefined,
  };
}
