import { textOf } from '../../model/json';
import { timeField } from '../frame';
import type { DataFrame, Field } from '../frame';
import type { Transformer } from './transform';

/** One table out of several, by a column that all have (time where none is named). */
export const joinByField: Transformer = (frames, options) => {
  if (frames.length < 2) return frames;
  const mode = textOf(options['mode']);
  return joinFrames(frames, textOf(options['byField']) || null, mode === 'inner' ? 'inner' : mode === 'outerTabular' ? 'outerTabular' : 'outer');
};

export function joinFrames(frames: readonly DataFrame[], byField: string | null, mode: 'outer' | 'inner' | 'outerTabular'): DataFrame[] {
  const keyOf = (frame: DataFrame) => (byField === null ? timeField(frame) : frame.fields.find((field) => field.name === byField || field.config.displayName === byField));
  const parts = frames.flatMap((frame) => {
    const key = keyOf(frame);
    return key === undefined ? [] : [{ frame, key }];
  });
  if (parts.length === 0) return [...frames];
  const indices = parts.map(({ key }) => {
    const rows = new Map<unknown, number[]>();
    key.values.forEach((value, row) => {
      const at = rows.get(value);
      if (at === undefined) rows.set(value, [row]);
      else at.push(row);
    });
    return rows;
  });
  const keys = new Map<unknown, number>();
  for (const rows of indices) for (const [key, at] of rows) keys.set(key, mode === 'inner' ? (keys.get(key) ?? 0) + 1 : Math.max(keys.get(key) ?? 1, at.length));
  let ordered = [...keys].filter(([, count]) => mode !== 'inner' || count === parts.length).flatMap(([key, count]) => (mode === 'inner' ? [{ key, row: 0 }] : Array.from({ length: count }, (_, row) => ({ key, row }))));
  if (parts[0]!.key.type === 'time' || parts[0]!.key.type === 'number') ordered = ordered.sort((a, b) => (a.key as number) - (b.key as number));
  const joined: Field[] = [{ ...parts[0]!.key, values: ordered.map(({ key }) => key) }];
  parts.forEach(({ frame, key }, p) => {
    for (const field of frame.fields) {
      if (field === key) continue;
      const named = frame.name !== '' && (field.name === 'Value' || field.name === '') ? { ...field.config, displayNameFromDS: field.config.displayNameFromDS ?? frame.name } : field.config;
      joined.push({ ...field, config: named, values: ordered.map(({ key: value, row }) => field.values[indices[p]!.get(value)?.[row] ?? -1] ?? null) });
    }
  });
  return [{ refId: parts.map(({ frame }) => frame.refId).join(','), name: '', fields: joined, kind: joined[0]!.type === 'time' ? 'series' : 'table' }];
}
