import type { InstantData, Labels } from '../../api/prometheus';
import { commonLabels, parseSample } from '../../charts/frame';

export interface TableRow {
  labels: Labels;
  /** The value as it was sent. */
  text: string;
  /** The value as a number; null for a string or a histogram. */
  value: number | null;
}

export interface Table {
  /** Names of the label columns, the metric's name first: those that tell the rows apart. */
  labels: string[];
  /** What all rows have; nothing for a single row. */
  common: Labels;
  rows: TableRow[];
}

/** `by` is a label, or null for the value. */
export interface TableOrder {
  by: string | null;
  down: boolean;
}

/** Any instant answer as rows. A range vector gives the latest point of each series. */
export function tableOf(data: InstantData): Table {
  const rows = rowsOf(data);
  const common = rows.length > 1 ? sharedBy(rows) : {};
  const names = new Set(rows.flatMap((row) => Object.keys(row.labels)).filter((name) => !(name in common)));
  const hasName = names.delete('__name__');
  return { labels: [...(hasName ? ['__name__'] : []), ...[...names].sort()], common, rows };
}

/** The labels that all rows have with one value, the metric's name included. */
function sharedBy(rows: readonly TableRow[]): Labels {
  const name = rows[0]?.labels['__name__'];
  const shared = commonLabels(rows.map((row) => row.labels));
  return name !== undefined && rows.every((row) => row.labels['__name__'] === name) ? { __name__: name, ...shared } : shared;
}

function rowsOf(data: InstantData): TableRow[] {
  switch (data.resultType) {
    case 'vector':
      return data.result.map(({ metric, value }) => rowOf(metric, value?.[1]));
    case 'matrix':
      return data.result.map(({ metric, values }) => rowOf(metric, values?.at(-1)?.[1]));
    case 'scalar':
      return [rowOf({}, data.result[1])];
    case 'string':
      return [{ labels: {}, text: data.result[1], value: null }];
  }
}

function rowOf(labels: Labels, text: string | undefined): TableRow {
  return text === undefined ? { labels, text: 'histogram', value: null } : { labels, text, value: parseSample(text) };
}

export function sortRows(rows: readonly TableRow[], { by, down }: TableOrder): TableRow[] {
  const direction = down ? -1 : 1;
  return [...rows].sort((a, b) => {
    if (by !== null) return direction * (a.labels[by] ?? '').localeCompare(b.labels[by] ?? '', 'en', { numeric: true });
    const x = a.value ?? NaN;
    const y = b.value ?? NaN;
    // NaN stands last, whichever way the rest is sorted.
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) === Number.isNaN(y) ? 0 : Number.isNaN(x) ? 1 : -1;
    return direction * (x < y ? -1 : x > y ? 1 : 0);
  });
}
