import { flagOf, objectsOf, textOf } from '../../model/json';
import { lengthOf, pickRows } from '../frame';
import { displayName } from '../names';
import type { Transformer } from './transform';

export const sortBy: Transformer = (frames, options) => {
  const orders = objectsOf(options['sort']);
  return frames.map((frame) => {
    const keys = orders.flatMap((order) => {
      const name = textOf(order['field']);
      const field = frame.fields.find((one) => one.name === name || displayName(one, frame, frames) === name);
      return field === undefined ? [] : [{ field, down: flagOf(order['desc']) }];
    });
    if (keys.length === 0) return frame;
    const rows = Array.from({ length: lengthOf(frame) }, (_, i) => i).sort((a, b) => {
      for (const { field, down } of keys) {
        const order = compareValues(field.values[a], field.values[b]);
        if (order !== 0) return down ? -order : order;
      }
      return a - b;
    });
    return pickRows(frame, rows);
  });
};

/** Numbers by size, texts by letters with the numbers in them; what is not there first. */
export function compareValues(a: unknown, b: unknown): number {
  const none = (value: unknown) => value === null || value === undefined;
  if (none(a) || none(b)) return Number(none(b)) - Number(none(a));
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}
