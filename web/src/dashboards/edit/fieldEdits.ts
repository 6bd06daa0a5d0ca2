import { isObject, listOf, numberOf, objectOf, objectsOf, textOf } from '../model/json';
import type { Json, JsonObject } from '../model/json';

/** A step as the form has it: the base has no value. */
export interface StepRow {
  value: string;
  color: string;
}

export function stepRows(thresholds: Json | undefined): StepRow[] {
  const steps = objectsOf(objectOf(thresholds)['steps']);
  return steps.map((step, i) => ({ value: i === 0 ? '' : textOf(step['value']), color: textOf(step['color']) || 'green' }));
}

/** Thresholds with these steps, ascending, the base first. A step whose value is no number is left out. */
export function withSteps(thresholds: Json | undefined, rows: readonly StepRow[]): JsonObject {
  const [base, ...others] = rows;
  const steps = others.flatMap((row) => (numberOf(row.value) === null ? [] : [{ color: row.color, value: numberOf(row.value) }])).sort((a, b) => a.value! - b.value!);
  return { ...objectOf(thresholds), mode: textOf(objectOf(thresholds)['mode']) || 'absolute', steps: [{ color: base?.color ?? 'green', value: null }, ...steps] };
}

/** A mapping as the form has it: `value` is what is looked for, `from…to` for a range. */
export interface MappingRow {
  type: 'value' | 'range' | 'regex' | 'special';
  match: string;
  text: string;
  color: string;
}

export const SPECIALS: readonly string[] = ['null', 'nan', 'null+nan', 'true', 'false', 'empty'];

/** Each mapping of a value is a row of its own. Those of old dashboards, whose type is a number, are rows too. */
export function mappingRows(mappings: Json | undefined): MappingRow[] {
  return objectsOf(mappings).flatMap((mapping): MappingRow[] => {
    const options = objectOf(mapping['options']);
    const row = (type: MappingRow['type'], match: string, result: Json | undefined): MappingRow => ({ type, match, text: textOf(objectOf(result)['text']), color: textOf(objectOf(result)['color']) });
    switch (mapping['type']) {
      case 'value':
        return Object.entries(options).map(([match, result]) => row('value', match, result));
      case 'range':
        return [row('range', `${textOf(options['from'])}…${textOf(options['to'])}`, options['result'])];
      case 'regex':
        return [row('regex', textOf(options['pattern']), options['result'])];
      case 'special':
        return [row('special', textOf(options['match']), options['result'])];
      case 1:
        return [row('value', textOf(mapping['value']), mapping)];
      case 2:
        return [row('range', `${textOf(mapping['from'])}…${textOf(mapping['to'])}`, mapping)];
      default:
        return [];
    }
  });
}

/** The mappings that the rows are, in their order, as Grafana writes them today. */
export function mappingsOf(rows: readonly MappingRow[]): JsonObject[] {
  return rows.map(({ type, match, text, color }, index): JsonObject => {
    const result: JsonObject = { ...(text === '' ? {} : { text }), ...(color === '' ? {} : { color }), index };
    if (type === 'value') return { type, options: { [match]: result } };
    if (type === 'regex') return { type, options: { pattern: match, result } };
    if (type === 'special') return { type, options: { match, result } };
    const [from, to] = match.split(/…|\.\.\.?/).map((part) => numberOf(part.trim()));
    return { type, options: { from: from ?? null, to: to ?? null, result } };
  });
}

/** What can be set for some fields alone, by the id that the document has. */
export const PROPERTIES: readonly { id: string; text: string; kind: 'text' | 'number' | 'colour' | 'flag' | 'json' }[] = [
  { id: 'displayName', text: 'Name', kind: 'text' },
  { id: 'unit', text: 'Unit', kind: 'text' },
  { id: 'decimals', text: 'Decimals', kind: 'number' },
  { id: 'min', text: 'Least', kind: 'number' },
  { id: 'max', text: 'Largest', kind: 'number' },
  { id: 'noValue', text: 'Where there is no value', kind: 'text' },
  { id: 'color', text: 'Colour', kind: 'colour' },
  { id: 'custom.axisPlacement', text: 'Axis (left, right, hidden)', kind: 'text' },
  { id: 'custom.fillOpacity', text: 'Fill, 0 to 100', kind: 'number' },
  { id: 'custom.lineWidth', text: 'Line width', kind: 'number' },
  { id: 'custom.drawStyle', text: 'Drawn as (line, bars, points)', kind: 'text' },
  { id: 'custom.width', text: 'Width of the column', kind: 'number' },
  { id: 'custom.hidden', text: 'Column left out', kind: 'flag' },
];

export const MATCHERS: readonly { value: string; text: string }[] = [
  { value: 'byName', text: 'With the name' },
  { value: 'byRegexp', text: 'With names that match' },
  { value: 'byType', text: 'Of the type' },
  { value: 'byFrameRefID', text: 'Of the query' },
];

/** A property as text for a field, and back. What the form has no field for stays JSON. */
export function propertyText(id: string, value: Json | undefined): string {
  if (id === 'color') return textOf(objectOf(value)['fixedColor']) || textOf(objectOf(value)['mode']);
  return value === undefined || value === null ? '' : isObject(value) || Array.isArray(value) ? JSON.stringify(value) : textOf(value);
}

/** The value of a property that was typed; undefined where it cannot be read as one. */
export function propertyValue(id: string, text: string): Json | undefined {
  const kind = PROPERTIES.find((one) => one.id === id)?.kind ?? 'json';
  if (kind === 'text') return text;
  if (kind === 'number') return numberOf(text) ?? undefined;
  if (kind === 'flag') return text === 'true';
  if (kind === 'colour') return /^(thresholds|palette-classic|continuous-)/.test(text) ? { mode: text } : { mode: 'fixed', fixedColor: text };
  try {
    return JSON.parse(text) as Json;
  } catch {
    // What is no JSON is not taken; the field keeps what was typed.
    return undefined;
  }
}

/** The overrides of a panel, each as it stands. */
export function overridesOf(raw: JsonObject): JsonObject[] {
  return listOf(objectOf(raw['fieldConfig'])['overrides']).map(objectOf);
}
