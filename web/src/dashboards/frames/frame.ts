import type { Labels } from '../../api/prometheus';
import { emptyFieldConfig } from '../model/fieldConfig';
import type { FieldConfig } from '../model/fieldConfig';

export type FieldType = 'time' | 'number' | 'string' | 'boolean' | 'frame' | 'other';

/** A column. */
export interface Field {
  name: string;
  type: FieldType;
  /** Times are Unix milliseconds; null is a value that is not there. */
  values: unknown[];
  labels: Labels;
  config: FieldConfig;
}

/** A table of columns of one length: what every panel and every transformation works on. */
export interface DataFrame {
  /** Which target it answers. */
  refId: string;
  name: string;
  fields: Field[];
  /** What kind of data it is, where panels have to know: lines of a log, nodes of a graph. */
  kind: 'series' | 'table' | 'logs' | 'nodes' | 'edges' | 'heatmap' | 'traces' | 'trace';
}

export function fieldOf(name: string, type: FieldType, values: unknown[], extra: { labels?: Labels; config?: Partial<FieldConfig> } = {}): Field {
  return { name, type, values, labels: extra.labels ?? {}, config: { ...emptyFieldConfig(), ...extra.config } };
}

export function frameOf(refId: string, fields: Field[], extra: { name?: string; kind?: DataFrame['kind'] } = {}): DataFrame {
  return { refId, name: extra.name ?? '', fields, kind: extra.kind ?? 'table' };
}

export function lengthOf(frame: DataFrame): number {
  return frame.fields[0]?.values.length ?? 0;
}

export function timeField(frame: DataFrame): Field | undefined {
  return frame.fields.find((field) => field.type === 'time');
}

export function numberFields(frame: DataFrame): Field[] {
  return frame.fields.filter((field) => field.type === 'number');
}

/** The type that values show themselves to be of. */
export function typeOfValues(values: readonly unknown[]): FieldType {
  const first = values.find((value) => value !== null && value !== undefined);
  return typeof first === 'number' ? 'number' : typeof first === 'boolean' ? 'boolean' : typeof first === 'string' || first === undefined ? 'string' : 'other';
}

/** Rows in another order, or fewer of them. */
export function pickRows(frame: DataFrame, rows: readonly number[]): DataFrame {
  return { ...frame, fields: frame.fields.map((field) => ({ ...field, values: rows.map((row) => field.values[row]) })) };
}
