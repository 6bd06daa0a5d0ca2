import { SOURCES_POLL_MS } from '../../app/useSources';
import type { SignalStatus } from '../../api/triptych';

/** Senders send in batches this far apart. */
const BATCHES_MS = 15_000;

/**
 * Whether the rate says something. The server measures it between two looks: a zero of the first seconds, while data does arrive, only says that
 * no batch came in between. `looks` is how often this page has asked.
 */
export function isMeasured(status: Pick<SignalStatus, 'perSecond' | 'lastReceivedUnixMs'>, looks: number, nowMs: number): boolean {
  if (status.perSecond > 0 || status.lastReceivedUnixMs === null) return true;
  return looks * SOURCES_POLL_MS >= BATCHES_MS || nowMs - status.lastReceivedUnixMs > 2 * BATCHES_MS;
}
