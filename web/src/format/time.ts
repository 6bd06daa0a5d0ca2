import { zonedTime } from '../time/zone';
import { formatSeconds } from './duration';

const two = (n: number) => String(n).padStart(2, '0');

/** `2026-01-31 14:05:09`, in the chosen zone; with `.123` when asked for. */
export function formatDateTime(unixMs: number, millis = false): string {
  const { year, month, day } = zonedTime(unixMs);
  return `${year}-${two(month)}-${two(day)} ${formatClock(unixMs, millis)}`;
}

/** `14:05:09`, with `.123` when asked for. */
export function formatClock(unixMs: number, millis = false): string {
  const { hour, minute, second, milli } = zonedTime(unixMs);
  const clock = `${two(hour)}:${two(minute)}:${two(second)}`;
  return millis ? `${clock}.${String(milli).padStart(3, '0')}` : clock;
}

/** `just now`, `12 s ago`, `3 min ago`, `2 h ago`, `in 5 min`. */
export function formatAgo(unixMs: number, nowMs: number): string {
  const seconds = (nowMs - unixMs) / 1000;
  if (Math.abs(seconds) < 2) return 'just now';
  const size = Math.abs(seconds);
  const rounded = size < 60 ? Math.round(size) : size < 3600 ? Math.round(size / 60) * 60 : size < 86_400 ? Math.round(size / 3600) * 3600 : Math.round(size / 86_400) * 86_400;
  return seconds > 0 ? `${formatSeconds(rounded)} ago` : `in ${formatSeconds(rounded)}`;
}
