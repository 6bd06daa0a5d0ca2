import { useNavigate, useSearch } from '@tanstack/react-router';
import { createContext, useCallback, useContext, useMemo } from 'react';

/**
 * The query part of a page's address: the state of the page. Each value is a plain string; a key that occurs several times is
 * a list. No JSON, so that people can read and write these addresses by hand.
 */
export interface UrlSearch {
  /** Start of the time range: `now-1h`, Unix milliseconds, or a date. */
  from?: string;
  /** End of the time range. */
  to?: string;
  /** Auto refresh interval, such as `10s`; absent for off. */
  refresh?: string;
  [key: string]: string | string[] | undefined;
}

/** Keys that follow the user from page to page. */
export const FOLLOWING_KEYS = ['from', 'to', 'refresh'] as const;

export function parseSearch(text: string): UrlSearch {
  const found: UrlSearch = {};
  for (const [key, value] of new URLSearchParams(text)) {
    const before = found[key];
    found[key] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
  }
  return found;
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === '') continue;
    for (const one of Array.isArray(value) ? value : [value]) params.append(key, String(one));
  }
  // Characters that queries are full of and that need no escape in a query part stay readable.
  const text = params.toString().replace(/%28/g, '(').replace(/%29/g, ')').replace(/%2C/g, ',').replace(/%3A/g, ':').replace(/%2F/g, '/');
  return text === '' ? '' : `?${text}`;
}

/** The first value of a key, or the empty string. */
export function one(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

/** All values of a key. */
export function many(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** How a part of the page sees the address: the right half of Explore has keys of its own. */
export interface SearchView {
  read: (search: UrlSearch) => UrlSearch;
  /** Changes as the part of the page writes them, as they go into the address. */
  write: (changes: UrlSearch, search: UrlSearch) => UrlSearch;
}

const WHOLE: SearchView = { read: (search) => search, write: (changes) => changes };

export const SearchViewContext = createContext<SearchView>(WHOLE);

/**
 * The page's state in the URL, and a setter of some of its keys (`undefined` removes a key). `replace` leaves no entry in the
 * browser's history: use it for what nobody would want to go back to. Within a pane of Explore it is the pane's state.
 */
export function useUrlSearch(): [UrlSearch, (patch: UrlSearch, options?: { replace?: boolean }) => void] {
  const search = useSearch({ strict: false }) as UrlSearch;
  const navigate = useNavigate();
  const view = useContext(SearchViewContext);
  const patch = useCallback(
    (changes: UrlSearch, options?: { replace?: boolean }) => {
      void navigate({ to: '.', search: ((before: UrlSearch) => ({ ...before, ...view.write(changes, before) })) as never, replace: options?.replace ?? false });
    },
    [navigate, view],
  );
  return [useMemo(() => view.read(search), [view, search]), patch];
}
