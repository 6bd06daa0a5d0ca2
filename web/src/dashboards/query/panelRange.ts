import { parseDurationMs, resolveRange } from '../../time/range';

/** The range of a panel that has one of its own: how long (`timeFrom`), and by how much earlier (`timeShift`). */
export function panelRange(range: { startMs: number; endMs: number }, timeFrom: string, timeShift: string): { startMs: number; endMs: number; note: string } {
  let { startMs, endMs } = range;
  const notes: string[] = [];
  if (timeFrom !== '') {
    const own = timeFrom.startsWith('now') ? resolveRange({ from: timeFrom, to: 'now' }, endMs) : null;
    const span = own !== null && !('error' in own) ? own.endMs - own.startMs : parseDurationMs(timeFrom.replace(/^last\s*/i, ''));
    if (span !== null) {
      startMs = endMs - span;
      notes.push(`last ${timeFrom.replace(/^now-/, '')}`);
    }
  }
  const shift = timeShift === '' ? null : parseDurationMs(timeShift.replace(/^-/, ''));
  if (shift !== null) {
    startMs -= shift;
    endMs -= shift;
    notes.push(`${timeShift.replace(/^-/, '')} earlier`);
  }
  return { startMs, endMs, note: notes.join(', ') };
}
