import type { SqlFrame } from '../store/dataSourceApi';
import { fieldOf, frameOf } from './frame';
import type { DataFrame, Field, FieldType } from './frame';

const TYPES: Readonly<Record<string, FieldType>> = { time: 'time', number: 'number', boolean: 'boolean', string: 'string' };

/** Columns as the server gives them: one table, or a frame for each series, which is named by what tells it from the others. */
export function framesOfSql(frames: readonly SqlFrame[], refId: string, format: 'table' | 'time_series', stepMs: number): DataFrame[] {
  return frames.flatMap((frame) => {
    const fields = frame.schema.fields.map((field, i) => fieldOf(field.name, TYPES[field.type ?? ''] ?? 'other', valuesOf(frame, i), { labels: field.labels ?? {} }));
    const time = fields.find((field) => field.type === 'time');
    if (format === 'table' || time === undefined) return [frameOf(refId, fields, { kind: 'table' })];
    const numbers = fields.filter((field) => field.type === 'number');
    const oneName = new Set(numbers.map((field) => field.name)).size === 1;
    return numbers.map((field): DataFrame => {
      const name = nameOf(field, oneName && numbers.length > 1);
      return frameOf(refId, [{ ...time, config: { ...time.config, intervalMs: stepMs } }, { ...field, config: { ...field.config, displayNameFromDS: name, intervalMs: stepMs } }], { name, kind: 'series' });
    });
  });
}

function nameOf(field: Field, labelsAlone: boolean): string {
  const labels = Object.values(field.labels).join(' ');
  return labels === '' ? field.name : labelsAlone ? labels : `${field.name} ${labels}`;
}

/** JSON has no number for those that stand beside the values. */
function valuesOf({ data }: SqlFrame, column: number): unknown[] {
  const values = data.values[column] ?? [];
  const odd = data.entities?.[column];
  if (odd === null || odd === undefined) return values;
  const made = [...values];
  for (const row of odd.NaN ?? []) made[row] = NaN;
  for (const row of odd.Inf ?? []) made[row] = Infinity;
  for (const row of odd.NegInf ?? []) made[row] = -Infinity;
  return made;
}

/** What a query variable offers: pairs of the columns `__text` and `__value`, else every value of every column, once. */
export function optionsOfSql(frames: readonly SqlFrame[]): { text: string; value: string }[] {
  const made = new Map<string, string>();
  for (const frame of frames) {
    const column = (name: string) => frame.schema.fields.findIndex((field) => field.name === name);
    const [text, value] = [column('__text'), column('__value')];
    const write = (one: unknown) => (one === null || one === undefined ? '' : String(one));
    if (text >= 0 && value >= 0) frame.data.values[value]!.forEach((one, row) => made.set(write(one), write(frame.data.values[text]![row])));
    else for (const values of frame.data.values) for (const one of values) if (one !== null) made.set(write(one), write(one));
  }
  return [...made].map(([value, text]) => ({ value, text }));
}
