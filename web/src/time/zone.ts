import { useSyncExternalStore } from 'react';

/**
 * The zone in which times are shown and typed: a choice of this browser, by its IANA name; empty for the browser's own. Links hold Unix
 * times, so they mean the same in each.
 */
const KEY = 'triptych.zone';
const listeners = new Set<() => void>();
let current = read();

function read(): string {
  try {
    const kept = localStorage.getItem(KEY) ?? '';
    return isZone(kept) ? kept : '';
  } catch {
    // Storage is switched off, or there is none.
    return '';
  }
}

/** Whether this browser knows the zone. */
export function isZone(name: string): boolean {
  if (name === '') return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export function zoneName(): string {
  return current;
}

/** @throws RangeError where the browser does not know the zone */
export function setZone(name: string): void {
  if (!isZone(name)) throw new RangeError(`There is no time zone “${name}”.`);
  current = name;
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Not kept, but good for this page.
  }
  for (const listener of listeners) listener();
}

/** The chosen zone; what shows times is drawn anew when it changes. */
export function useZone(): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    zoneName,
    zoneName,
  );
}

/** A moment as a calendar and a clock in the chosen zone say it. */
export interface ZonedTime {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  milli: number;
  /** 0 is Sunday. */
  weekday: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' });
    formats.set(zone, format);
  }
  return format;
}

export function zonedTime(unixMs: number, zone = current): ZonedTime {
  const at = new Date(zone === '' || zone === 'UTC' ? unixMs : wallMs(unixMs, zone));
  if (zone === '')
    return { year: at.getFullYear(), month: at.getMonth() + 1, day: at.getDate(), hour: at.getHours(), minute: at.getMinutes(), second: at.getSeconds(), milli: at.getMilliseconds(), weekday: at.getDay() };
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate(), hour: at.getUTCHours(), minute: at.getUTCMinutes(), second: at.getUTCSeconds(), milli: at.getUTCMilliseconds(), weekday: at.getUTCDay() };
}

/** Unix milliseconds at which UTC would show what the zone shows. */
function wallMs(unixMs: number, zone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(unixMs)) parts[type] = Number(value);
  return Date.UTC(parts['year']!, parts['month']! - 1, parts['day'], parts['hour'], parts['minute'], parts['second']) + (((unixMs % 1000) + 1000) % 1000);
}

/** When the zone shows this; a time that clocks skip is the one as long after the skip. Fields may lie outside their range, as in `Date.UTC`. */
export function unixMsOf({ year, month, day, hour, minute, second, milli }: Omit<ZonedTime, 'weekday'>, zone = current): number {
  if (zone === '') return new Date(year, month - 1, day, hour, minute, second, milli).getTime();
  const wall = Date.UTC(year, month - 1, day, hour, minute, second, milli);
  if (zone === 'UTC') return wall;
  const first = wall - (wallMs(wall, zone) - wall);
  // The shift at the moment itself may be another one than at the first guess.
  return wall - (wallMs(first, zone) - first);
}

/** A date whose fields in the browser's zone are those of the moment in the chosen one: charts place their ticks by it. */
export function chartDate(unixSeconds: number): Date {
  const { year, month, day, hour, minute, second, milli } = zonedTime(unixSeconds * 1000);
  return current === '' ? new Date(unixSeconds * 1000) : new Date(year, month - 1, day, hour, minute, second, milli);
}
