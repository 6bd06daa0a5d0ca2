import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { one, useUrlSearch } from '../app/search';
import { DEFAULT_RANGE, isRelative, parseDurationMs, resolveRange, toAbsolute, widen } from './range';
import type { RawRange, ResolvedRange } from './range';

export interface TimeRange extends ResolvedRange {
  /** As it stands in the URL. */
  raw: RawRange;
  /** Whether it moves with the clock. */
  relative: boolean;
  /** Why the URL's range is not used; the default one is in its place. */
  error: string | null;
  /** Counts refreshes. `startMs` and `endMs` change only with this or with the URL, so they are safe as query keys. */
  tick: number;
  /** Auto refresh interval; null when off. */
  refreshMs: number | null;
  setRange: (raw: RawRange) => void;
  /** Sets a range chosen by dragging over a chart; `zoomBack` undoes it. */
  zoomTo: (startMs: number, endMs: number) => void;
  /** The range before the last zoom, or one twice as long when there was none. */
  zoomBack: () => void;
  setRefresh: (interval: string | null) => void;
  refreshNow: () => void;
}

const Context = createContext<TimeRange | null>(null);

/** The time range of the page, from the URL. */
export function useTimeRange(): TimeRange {
  const value = useContext(Context);
  if (value === null) throw new Error('useTimeRange outside of TimeRangeProvider');
  return value;
}

/** One drag over a chart. */
interface Zoom {
  from: RawRange;
  to: RawRange;
}

/** Inside another one it is a part of the page with a range of its own, which refreshes with the whole. */
export function TimeRangeProvider({ children }: { children: ReactNode }) {
  const [search, patch] = useUrlSearch();
  const outer = useContext(Context);
  const [ownTick, setTick] = useState(0);
  const tick = ownTick + (outer?.tick ?? 0);
  const zooms = useRef<Zoom[]>([]);
  const from = one(search.from) || DEFAULT_RANGE.from;
  const to = one(search.to) || DEFAULT_RANGE.to;
  const refresh = one(search.refresh);
  const refreshMs = refresh === '' ? null : parseDurationMs(refresh);

  const resolved = useMemo(() => {
    const nowMs = Date.now();
    const range = resolveRange({ from, to }, nowMs);
    if (!('error' in range)) return { ...range, error: null };
    return { ...(resolveRange(DEFAULT_RANGE, nowMs) as ResolvedRange), error: range.error };
    // `tick` asks for a new now.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [from, to, tick]);

  const refreshNow = useCallback(() => setTick((n) => n + 1), []);
  const relative = isRelative({ from, to });

  const followsOuter = outer?.relative === true;
  useEffect(() => {
    if (refreshMs === null || refreshMs < 1000 || !relative || followsOuter) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') setTick((n) => n + 1);
    }, refreshMs);
    return () => clearInterval(timer);
  }, [refreshMs, relative, followsOuter]);

  const value = useMemo<TimeRange>(() => {
    const raw = { from, to };
    const setRange = (next: RawRange) => {
      const isDefault = next.from === DEFAULT_RANGE.from && next.to === DEFAULT_RANGE.to;
      patch(isDefault ? { from: undefined, to: undefined } : { from: next.from, to: next.to });
    };
    return {
      ...resolved,
      raw,
      relative,
      tick,
      refreshMs,
      setRange: (next) => {
        zooms.current = [];
        setRange(next);
      },
      zoomTo: (startMs, endMs) => {
        const next = toAbsolute({ startMs, endMs: Math.max(endMs, startMs + 1000) });
        zooms.current.push({ from: raw, to: next });
        setRange(next);
      },
      zoomBack: () => {
        // The range changes by the browser's Back and by links as well: a zoom that did not lead to this range is not the last one.
        let last = zooms.current.pop();
        while (last !== undefined && (last.to.from !== from || last.to.to !== to)) last = zooms.current.pop();
        setRange(last?.from ?? widen(resolved, Date.now()));
      },
      setRefresh: (interval) => patch({ refresh: interval ?? undefined }, { replace: true }),
      refreshNow,
    };
  }, [from, to, relative, refreshMs, resolved, tick, patch, refreshNow]);

  return <Context.Provider value={value}>{children}</Context.Provider>;
}
