import { objectOf, textOf, textsOf } from '../../model/json';
import { fieldOf, lengthOf, typeOfValues } from '../frame';
import { displayName } from '../names';
import { reduceValues } from '../reduce';
import type { Transformer } from './transform';

/** One row for each set of values in the columns that are grouped by; calculations over the rest. */
export const groupBy: Transformer = (frames, options) => {
  const wanted = objectOf(options['fields']);
  return frames.map((frame) => {
    const roles = frame.fields.map((field) => ({ field, role: objectOf(wanted[displayName(field, frame, frames)] ?? wanted[field.name]), name: displayName(field, frame, frames) }));
    const keys = roles.filter(({ role }) => role['operation'] === 'groupby');
    if (keys.length === 0) return frame;
    const groups = new Map<string, number[]>();
    for (let row = 0; row < lengthOf(frame); row++) {
      const key = JSON.stringify(keys.map(({ field }) => field.values[row] ?? null));
      const rows = groups.get(key);
      if (rows === undefined) groups.set(key, [row]);
      else rows.push(row);
    }
    const all = [...groups.values()];
    const fields = keys.map(({ field }) => ({ ...field, values: all.map((rows) => field.values[rows[0]!]) }));
    for (const { field, role, name } of roles) {
      if (role['operation'] !== 'aggregate') continue;
      for (const calc of textsOf(role['aggregations'])) {
        const values = all.map((rows) => reduceValues(rows.map((row) => field.values[row]), textOf(calc)));
        fields.push({ ...fieldOf(`${name} (${calc})`, field.type === 'time' && calc !== 'count' ? 'time' : typeOfValues(values), values), config: { ...field.config, displayName: null, displayNameFromDS: null } });
      }
    }
    return { ...frame, kind: 'table' as const, fields };
  });
};
