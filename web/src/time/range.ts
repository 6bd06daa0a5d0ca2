import { formatClock, formatDateTime } from '../format/time';
import { unixMsOf, zonedTime } from './zone';

/** A time range as it stands in the URL: each end `now`, `now-1h`, `now/d`, Unix milliseconds, or a date. */
export interface RawRange {
  from: string;
  to: string;
}

export interface ResolvedRange {
  startMs: number;
  endMs: number;
}

export const DEFAULT_RANGE: RawRange = { from: 'now-1h', to: 'now' };

/** The ranges offered for a click. */
export const QUICK_RANGES: readonly string[] = ['5m', '15m', '30m', '1h', '3h', '6h', '12h', '24h', '2d', '7d', '14d', '30d'];

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of `90s`, `5m`, `1h30m`, `2d`; null when it is no duration. */
export function parseDurationMs(text: string): number | null {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)/g)];
  if (parts.length === 0 || parts.map((p) => p[0]).join('') !== text.trim().replace(/\s+(?=\d)/g, '')) return null;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unit === 'ms' ? 1 : UNIT_MS[unit!]!), 0);
}

/** Unix milliseconds of one end of a range; null when the text says no time. Dates without a zone are in the chosen one. */
export function parseTimePoint(text: string, nowMs: number): number | null {
  const trimmed = text.trim();
  const relative = /^now(?:\s*([+-])\s*([\d.a-z ]+))?(?:\/([mhdw]))?$/.exec(trimmed);
  if (relative) {
    const [, sign, amount, unit] = relative;
    const shift = amount === undefined ? 0 : parseDurationMs(amount);
    if (shift === null) return null;
    const moved = sign === '-' ? nowMs - shift : nowMs + shift;
    return unit === undefined ? moved : startOf(unit, moved);
  }
  if (/^\d{9,10}$/.test(trimmed)) return Number(trimmed) * 1000;
  if (/^\d{11,14}$/.test(trimmed)) return Number(trimmed);
  if (!/^\d{4}-\d\d?-\d\d?/.test(trimmed)) return null;
  const plain = PLAIN_DATE.exec(trimmed);
  if (plain) return dateInZone(plain.slice(1, 8).map((part) => Number((part ?? '0').padEnd(1, '0'))) as DateFields);
  const parsed = new Date(trimmed.replace(' ', 'T')).getTime();
  return Number.isNaN(parsed) ? null : parsed;
}

/** A date that names no zone. */
const PLAIN_DATE = /^(\d{4})-(\d\d?)-(\d\d?)(?:[ T](\d\d?)(?::(\d\d))?(?::(\d\d))?(?:\.(\d{3}))?)?$/;
type DateFields = [number, number, number, number, number, number, number];

/** Null for dates that no calendar has, such as 30 February. */
function dateInZone([year, month, day, hour, minute, second, milli]: DateFields): number | null {
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day < 1 || day > days || hour > 23 || minute > 59 || second > 59) return null;
  return unixMsOf({ year, month, day, hour, minute, second, milli });
}

function startOf(unit: string, ms: number): number {
  const at = { ...zonedTime(ms), second: 0, milli: 0 };
  if (unit === 'm') return unixMsOf(at);
  const hour = { ...at, minute: 0 };
  if (unit === 'h') return unixMsOf(hour);
  return unixMsOf({ ...hour, hour: 0, day: unit === 'w' ? at.day - ((at.weekday + 6) % 7) : at.day });
}

/** The range in Unix milliseconds, or what is wrong with it. */
export function resolveRange(raw: RawRange, nowMs: number): ResolvedRange | { error: string } {
  const startMs = parseTimePoint(raw.from, nowMs);
  if (startMs === null) return { error: `“${raw.from}” is no time. Write now-1h, or a date such as 2026-01-31 14:00.` };
  const endMs = parseTimePoint(raw.to, nowMs);
  if (endMs === null) return { error: `“${raw.to}” is no time. Write now, or a date such as 2026-01-31 15:00.` };
  if (endMs <= startMs) return { error: 'The range ends before it starts.' };
  return { startMs, endMs };
}

export function isRelative(raw: RawRange): boolean {
  return raw.from.trim().startsWith('now') || raw.to.trim().startsWith('now');
}

/** How a range is named on the button: `last 1 h`, `21 Nov 12:00 – 13:00`. */
export function describeRange(raw: RawRange, nowMs: number): string {
  const last = /^now-(\d+)([smhdw])$/.exec(raw.from);
  if (last && raw.to === 'now') return `Last ${last[1]} ${last[2] === 'm' ? 'min' : last[2]}`;
  if (raw.from === 'now/d' && raw.to === 'now') return 'Today';
  const range = resolveRange(raw, nowMs);
  if ('error' in range) return 'Choose a time range';
  return describeSpan(range, nowMs);
}

function describeSpan({ startMs, endMs }: ResolvedRange, nowMs: number): string {
  const seconds = startMs % 60_000 !== 0 || endMs % 60_000 !== 0;
  const dateOf = (ms: number) => formatDateTime(ms).slice(0, 10);
  const sameDay = dateOf(startMs) === dateOf(endMs);
  const today = sameDay && dateOf(startMs) === dateOf(nowMs);
  const clock = (ms: number) => formatClock(ms).slice(0, seconds ? 8 : 5);
  const day = (ms: number) => `${zonedTime(ms).day} ${MONTHS[zonedTime(ms).month - 1]}`;
  return `${today ? '' : `${day(startMs)} `}${clock(startMs)} – ${sameDay ? '' : `${day(endMs)} `}${clock(endMs)}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec'];

/** The same span of time with absolute ends, for a link that shows others what you see. */
export function toAbsolute({ startMs, endMs }: ResolvedRange): RawRange {
  return { from: String(Math.round(startMs)), to: String(Math.round(endMs)) };
}

/** Twice as long around the same middle, not reaching into the future. */
export function widen({ startMs, endMs }: ResolvedRange, nowMs: number): RawRange {
  const half = (endMs - startMs) / 2;
  const end = Math.min(endMs + half, Math.max(nowMs, endMs));
  return toAbsolute({ startMs: end - 4 * half, endMs: end });
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/**
 * Seconds between points, a round number, so that a chart of this width has at most about one point in two pixels. Never under
 * 5 s: data arrives every 10 or 15 s as a rule, and finer steps only repeat it.
 */
export function stepSecondsFor({ startMs, endMs }: ResolvedRange, widthPx: number): number {
  const wanted = (endMs - startMs) / 1000 / Math.max(100, Math.min(widthPx / 2, 600));
  return STEPS_S.find((step) => step >= Math.max(wanted, 5)) ?? Math.ceil(wanted / 86_400) * 86_400;
}

/** The range moved outward to whole steps, so that a refresh a second later asks for the same points. */
export function alignToStep({ startMs, endMs }: ResolvedRange, stepSeconds: number): ResolvedRange {
  const stepMs = stepSeconds * 1000;
  return { startMs: Math.floor(startMs / stepMs) * stepMs, endMs: Math.floor(endMs / stepMs) * stepMs };
}
