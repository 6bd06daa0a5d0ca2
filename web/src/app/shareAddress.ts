import { resolveRange, toAbsolute } from '../time/range';
import { parseSearch, stringifySearch } from './search';
import { rightRange } from './split/splitSearch';

/**
 * The address of what is on the screen, for someone else. With fixed times they see the same later, in both panes of a split page, and
 * nothing refreshes; without, the times are told as they are chosen.
 */
export function shareAddress(href: string, range: { startMs: number; endMs: number }, nowMs: number, isFixed: boolean): string {
  const url = new URL(href);
  const search = parseSearch(url.search);
  if (isFixed) {
    Object.assign(search, toAbsolute(range));
    delete search.refresh;
    const apart = rightRange(search);
    const right = apart === null ? null : resolveRange(apart, nowMs);
    if (right !== null && !('error' in right)) {
      const { from, to } = toAbsolute(right);
      search['r.from'] = from;
      search['r.to'] = to;
    }
  }
  url.search = stringifySearch(search);
  return url.href;
}
