import { formatClock, formatDateTime } from '../../format/time';

export type DateStyle = 'iso' | 'isoNoDateIfToday' | 'us' | 'usNoDateIfToday' | 'local' | 'localNoDateIfToday' | 'system';

/** Unix milliseconds as a date, in the browser's zone; without the day when it is today, where the unit says so. */
export function dateUnit(unixMs: number, style: DateStyle, nowMs: number): string {
  const at = new Date(unixMs);
  const today = style.endsWith('IfToday') && at.toDateString() === new Date(nowMs).toDateString();
  switch (style) {
    case 'us':
    case 'usNoDateIfToday': {
      const clock = at.toLocaleTimeString('en-US');
      return today ? clock : `${at.toLocaleDateString('en-US')} ${clock}`;
    }
    default:
      return today ? formatClock(unixMs) : formatDateTime(unixMs);
  }
}
