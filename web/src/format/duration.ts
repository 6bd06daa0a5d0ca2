import { significant } from './number';

/** Seconds as `1.24 s`, `340 ms`, `12.5 µs`, `2 min 5 s`, `3 h 20 min`, `4 d 2 h`. */
export function formatSeconds(seconds: number, digits = 3): string {
  if (Number.isNaN(seconds)) return 'NaN';
  if (!Number.isFinite(seconds)) return seconds > 0 ? '+Inf' : '−Inf';
  if (seconds < 0) return `−${formatSeconds(-seconds, digits)}`;
  if (seconds === 0) return '0\u00a0s';
  if (seconds < 0.999_5e-6) return `${significant(seconds * 1e9, digits)}\u00a0ns`;
  if (seconds < 0.999_5e-3) return `${significant(seconds * 1e6, digits)}\u00a0µs`;
  if (seconds < 0.999_5) return `${significant(seconds * 1e3, digits)}\u00a0ms`;
  if (seconds < 100) return `${significant(seconds, digits)}\u00a0s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return pair(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86_400) return pair(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  const days = Math.floor(whole / 86_400);
  return days < 10 ? pair(days, 'd', Math.floor((whole % 86_400) / 3600), 'h') : `${days}\u00a0d`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}\u00a0${largeUnit}` : `${large}\u00a0${largeUnit} ${small}\u00a0${smallUnit}`;
}

export function formatMillis(ms: number): string {
  return formatSeconds(ms / 1000);
}

export function formatNanos(nanos: number): string {
  return formatSeconds(nanos / 1e9);
}
