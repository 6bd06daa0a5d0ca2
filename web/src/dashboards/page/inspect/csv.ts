import { lengthOf } from '../../frames/frame';
import type { DataFrame } from '../../frames/frame';
import { displayName } from '../../frames/names';

/** A table as CSV: times in ISO 8601, quotes doubled; what a spreadsheet would take for a formula is quoted by an apostrophe. */
export function csvOf(frame: DataFrame, all: readonly DataFrame[]): string {
  const cell = (value: unknown) => {
    const text = value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
    const safe = typeof value === 'string' && /^[=+\-@\t]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  };
  const lines = [frame.fields.map((field) => cell(displayName(field, frame, all))).join(',')];
  for (let row = 0; row < lengthOf(frame); row++) {
    lines.push(frame.fields.map((field) => (field.type === 'time' && typeof field.values[row] === 'number' ? new Date(field.values[row] as number).toISOString() : cell(field.values[row]))).join(','));
  }
  return `${lines.join('\n')}\n`;
}
