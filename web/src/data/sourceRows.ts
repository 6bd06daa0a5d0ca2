import { SIGNALS } from '../api/triptych';
import type { Signal, SignalStatus, SourceStatus, SourcesStatus } from '../api/triptych';

export interface SourceRow extends SourceStatus {
  state: 'arriving' | 'quiet' | 'never';
  /** Share of what came that was refused, 0 to 1. */
  refusedShare: number;
}

export interface SourceGroup {
  signal: Signal;
  status: SignalStatus;
  rows: SourceRow[];
}

/** Slower than this no usual interval is: scrapes come every 15 s or every minute. */
const QUIET_AFTER_MS = 120_000;

/** The sources by signal, the busiest first. */
export function sourceRows(status: SourcesStatus, nowMs: number): SourceGroup[] {
  return SIGNALS.map((signal) => ({
    signal,
    status: status.signals[signal],
    rows: status.signals[signal].sources
      .map((source): SourceRow => {
        const came = source.acceptedTotal + source.refusedTotal;
        const state = source.lastReceivedUnixMs === null ? 'never' : nowMs - source.lastReceivedUnixMs > QUIET_AFTER_MS ? 'quiet' : 'arriving';
        return { ...source, state, refusedShare: came === 0 ? 0 : source.refusedTotal / came };
      })
      .sort((a, b) => b.acceptedTotal - a.acceptedTotal),
  }));
}
