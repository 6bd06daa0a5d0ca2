import { SIGNALS } from '../api/triptych';
import type { Signal, SourceStatus, SourcesStatus } from '../api/triptych';

type Source = Partial<SourceStatus> & Pick<SourceStatus, 'protocol'>;

/** A status with the given sources; the totals of each signal follow from them. */
export function statusOf(sources: Partial<Record<Signal, Source[]>>): SourcesStatus {
  const signals = Object.fromEntries(
    SIGNALS.map((signal) => {
      const all = (sources[signal] ?? []).map((source): SourceStatus => ({ acceptedTotal: 0, refusedTotal: 0, lastReceivedUnixMs: null, ...source }));
      const times = all.flatMap((source) => (source.lastReceivedUnixMs === null ? [] : [source.lastReceivedUnixMs]));
      const sum = (key: 'acceptedTotal' | 'refusedTotal') => all.reduce((total, source) => total + source[key], 0);
      return [signal, { acceptedTotal: sum('acceptedTotal'), refusedTotal: sum('refusedTotal'), perSecond: 0, lastReceivedUnixMs: times.length === 0 ? null : Math.max(...times), sources: all }];
    }),
  ) as SourcesStatus['signals'];
  return { signals, listeners: [], version: 'test', startedUnixMs: 0 };
}
