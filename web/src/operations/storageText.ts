import type { StoredSignal } from '../api/operations';
import { formatMillis } from '../format/duration';
import { formatBytes, formatCount } from '../format/number';

/** How long and how much is kept, in words. */
export function keptText({ timeMs, sizeBytes }: { timeMs: number | null; sizeBytes: number | null }): string {
  const time = timeMs === null ? 'for ever' : spanText(timeMs);
  return sizeBytes === null ? time : `${time}, at most ${formatBytes(sizeBytes)}`;
}

const DAY_MS = 86_400_000;

/** A span of time; whole days as days, however many. */
export function spanText(ms: number): string {
  return ms >= DAY_MS && ms % DAY_MS === 0 ? `${ms / DAY_MS}\u00a0d` : formatMillis(ms);
}

const REASONS = { time: 'by age', size: 'for their size', disk_budget: 'for the disk budget' } as const;

/** What goes soon, and why: `3 blocks (1.2 GiB) by age`. */
export function soonText(soon: StoredSignal['soon']): string {
  return soon.map(({ reason, blocks, bytes }) => `${formatCount(blocks)} ${blocks === 1 ? 'block' : 'blocks'} (${formatBytes(bytes)}) ${REASONS[reason]}`).join(', ');
}
