import { parseLine } from '../parse/fields';
import { parsedLabel } from '../query/logql';
import type { FieldPlace } from '../query/logql';
import type { LogRow } from '../query/lokiAnswer';

/** How often a field and its values occur in the lines at hand. */
export interface FieldStatistic {
  place: FieldPlace;
  /** As LogQL calls it. */
  label: string;
  /** As it is written in the line. */
  name: string;
  /** Lines that have it. */
  lineCount: number;
  /** Most frequent first, no more than `MOST_SHOWN`. */
  top: readonly { value: string; count: number }[];
  /** Different values that were counted; more than that where `hasMore`. */
  valueCount: number;
  hasMore: boolean;
}

export interface FieldStatistics {
  fields: readonly FieldStatistic[];
  /** Lines that were looked at: the first ones, when there are more than `MOST_LINES`. */
  lineCount: number;
}

/** Enough to tell shares, and few enough to parse at once. */
export const MOST_LINES = 5000;
const MOST_FIELDS = 400;
/** Of ids each line has another one: their number is told, not each. */
const MOST_VALUES = 1000;
const MOST_SHOWN = 10;
const MOST_VALUE_CHARS = 1000;
const ORDER: readonly FieldPlace[] = ['stream', 'metadata', 'parsed', 'json', 'logfmt'];

interface Counted {
  place: FieldPlace;
  label: string;
  name: string;
  lineCount: number;
  values: Map<string, number>;
  hasMore: boolean;
}

/** Counts the fields of lines: stream labels, structured metadata, what the query parsed, and what the lines themselves hold. */
export function fieldStatistics(rows: readonly LogRow[]): FieldStatistics {
  const lineCount = Math.min(rows.length, MOST_LINES);
  const counted = new Map<string, Counted>();
  const add = (place: FieldPlace, label: string, name: string, value: string) => {
    const key = `${place} ${label}`;
    let field = counted.get(key);
    if (field === undefined) {
      if (counted.size >= MOST_FIELDS) return;
      counted.set(key, (field = { place, label, name, lineCount: 0, values: new Map(), hasMore: false }));
    }
    field.lineCount++;
    const shown = value.slice(0, MOST_VALUE_CHARS);
    const before = field.values.get(shown);
    if (before !== undefined || field.values.size < MOST_VALUES) field.values.set(shown, (before ?? 0) + 1);
    else field.hasMore = true;
  };
  for (let i = 0; i < lineCount; i++) {
    const row = rows[i]!;
    for (const [label, value] of Object.entries(row.stream)) add('stream', label, label, value);
    for (const [label, value] of Object.entries(row.metadata)) add('metadata', label, label, value);
    for (const [label, value] of Object.entries(row.parsed)) add('parsed', label, label, value);
    const { format, fields } = parseLine(row.line);
    if (format === 'text') continue;
    // A line may hold a field twice; it has it once.
    const seen = new Set<string>();
    for (const { label: ownLabel, path, value } of fields) {
      const label = parsedLabel(ownLabel, row.stream);
      // The query has parsed it already.
      if (seen.has(label) || Object.hasOwn(row.parsed, label)) continue;
      seen.add(label);
      add(format, label, path, value);
    }
  }
  const fields = [...counted.values()]
    .map(({ values, ...field }) => ({
      ...field,
      valueCount: values.size,
      top: [...values]
        .map(([value, count]) => ({ value, count }))
        .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
        .slice(0, MOST_SHOWN),
    }))
    .sort((a, b) => ORDER.indexOf(a.place) - ORDER.indexOf(b.place) || b.lineCount - a.lineCount || (a.label < b.label ? -1 : 1));
  return { fields, lineCount };
}

/** Whether a value of the statistics is the whole one: one that was cut cannot be filtered on. */
export function isWholeValue(value: string): boolean {
  return value.length < MOST_VALUE_CHARS;
}
