import { useSyncExternalStore } from 'react';
import { SIGNALS } from '../api/triptych';
import type { Signal, SourcesStatus } from '../api/triptych';

/** One look at what arrives. */
export interface ArrivalPoint {
  atMs: number;
  perSecond: Record<Signal, number>;
  refusedTotal: Record<Signal, number>;
}

/** Three minutes at a look each 2 s. */
const KEPT = 90;

let points: readonly ArrivalPoint[] = [];
const listeners = new Set<() => void>();

/** Adds a look; called by whoever polls. */
export function recordArrivals(status: SourcesStatus, atMs: number): void {
  if (points.at(-1)?.atMs === atMs) return;
  const pick = (key: 'perSecond' | 'refusedTotal') => Object.fromEntries(SIGNALS.map((signal) => [signal, status.signals[signal][key]])) as Record<Signal, number>;
  points = [...points.slice(1 - KEPT), { atMs, perSecond: pick('perSecond'), refusedTotal: pick('refusedTotal') }];
  listeners.forEach((listener) => listener());
}

/** The last minutes of what arrived, as seen by this page since it was opened. */
export function useArrivals(): readonly ArrivalPoint[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => points,
  );
}
