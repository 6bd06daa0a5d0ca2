import { fieldOf } from '../frame';
import type { DataFrame, Field } from '../frame';
import type { Transformer } from './transform';

/**
 * Rows of all tables in one: rows that agree in every column that their tables share become one row. Series count as tables of time
 * and value.
 */
export const merge: Transformer = (frames) => {
  const filled = frames.filter((frame) => frame.fields.length > 0);
  if (filled.length < 2) return filled;
  const columns = new Map<string, Field>();
  for (const frame of filled) for (const field of frame.fields) if (!columns.has(columnName(field, frame))) columns.set(columnName(field, frame), field);
  const counts = new Map<string, number>();
  for (const frame of filled) for (const field of frame.fields) counts.set(columnName(field, frame), (counts.get(columnName(field, frame)) ?? 0) + 1);
  const shared = [...counts].filter(([, count]) => count === filled.length).map(([name]) => name);
  const rows: { from: Set<number>; values: Map<string, unknown> }[] = [];
  const byKey = new Map<string, number[]>();
  filled.forEach((frame, f) => {
    const length = frame.fields[0]?.values.length ?? 0;
    for (let r = 0; r < length; r++) {
      const values = new Map(frame.fields.map((field) => [columnName(field, frame), field.values[r]]));
      const key = JSON.stringify(shared.map((name) => values.get(name) ?? null));
      // A row takes in one row of each other table, never two of the same.
      const mate = (byKey.get(key) ?? []).map((index) => rows[index]!).find((row) => !row.from.has(f));
      if (mate !== undefined && shared.length > 0) {
        mate.from.add(f);
        for (const [name, value] of values) if (!mate.values.has(name) || mate.values.get(name) === null) mate.values.set(name, value);
        continue;
      }
      byKey.set(key, [...(byKey.get(key) ?? []), rows.length]);
      rows.push({ from: new Set([f]), values });
    }
  });
  const fields = [...columns].map(([name, field]) => ({ ...fieldOf(name, field.type, rows.map((row) => row.values.get(name) ?? null)), config: field.config, labels: field.labels }));
  return [{ refId: filled.map((frame) => frame.refId).join(','), name: '', fields, kind: 'table' }];
};

function columnName(field: Field, frame: DataFrame): string {
  return field.name === 'Value' && frame.kind === 'series' && frame.name !== '' ? frame.name : field.name;
}
