import { useSearch } from '@tanstack/react-router';
import type { UrlSearch } from '../search';
import { rightKind } from './splitSearch';

/** Whether the page is split, so that what needs width has less of it. */
export function useIsSplit(): boolean {
  return rightKind(useSearch({ strict: false }) as UrlSearch) !== null;
}
