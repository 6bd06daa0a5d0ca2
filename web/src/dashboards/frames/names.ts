import type { Labels } from '../../api/prometheus';
import { single } from '../variables/scope';
import { interpolate } from '../variables/interpolate';
import type { Scope } from '../variables/interpolate';
import type { DataFrame, Field } from './frame';

/**
 * The name that a field is shown by: the one that is configured, the one of the data source's legend format, else what tells it
 * from the other fields.
 */
export function displayName(field: Field, frame: DataFrame | undefined, all: readonly DataFrame[], scope?: Scope): string {
  const configured = field.config.displayName;
  if (configured !== null && configured !== '') return fieldText(configured, field, frame, all, scope);
  return plainName(field, frame, all);
}

/** The name without what is configured: what overrides are matched by where a name is configured too. */
export function plainName(field: Field, frame: DataFrame | undefined, all: readonly DataFrame[]): string {
  if (field.config.displayNameFromDS !== null && field.config.displayNameFromDS !== '') return field.config.displayNameFromDS;
  if (field.type === 'time' && Object.keys(field.labels).length === 0) return field.name || 'Time';
  const labels = Object.entries(field.labels);
  const isValue = field.name === 'Value' || field.name === '';
  if (labels.length > 0) {
    const word = isValue ? (field.labels['__name__'] ?? frame?.name ?? '') : field.name;
    const rest = labels.filter(([name]) => name !== '__name__' && !isCommon(name, field.labels, all));
    if (rest.length === 0) return word === '' ? labelsText(field.labels) : word;
    if (rest.length === 1 && (word === '' || isCommonName(word, all))) return rest[0]![1];
    const text = `{${rest.map(([name, value]) => `${name}="${value}"`).join(', ')}}`;
    return word === '' ? text : `${word} ${text}`;
  }
  if (isValue && frame !== undefined && frame.name !== '') return frame.name;
  return field.name || 'Value';
}

function isCommonName(word: string, all: readonly DataFrame[]): boolean {
  return all.length > 1 && all.every((frame) => frame.fields.every((field) => field.type !== 'number' || (field.name === 'Value' ? (field.labels['__name__'] ?? frame.name) : field.name) === word));
}

function isCommon(name: string, labels: Labels, all: readonly DataFrame[]): boolean {
  const numbers = all.flatMap((frame) => frame.fields.filter((field) => field.type === 'number'));
  return numbers.length > 1 && numbers.every((field) => field.labels[name] === labels[name]);
}

function labelsText(labels: Labels): string {
  const rest = Object.entries(labels).filter(([name]) => name !== '__name__');
  return `{${rest.map(([name, value]) => `${name}="${value}"`).join(', ')}}`;
}

/** A text that may ask for `${__field.name}`, `${__field.labels.x}` and `${__series.name}`. */
export function fieldText(text: string, field: Field, frame: DataFrame | undefined, all: readonly DataFrame[], scope?: Scope): string {
  const own = plainName(field, frame, all);
  const fields: Record<string, string> = { name: own, displayName: own, labels: labelsText(field.labels) };
  for (const [name, value] of Object.entries(field.labels)) {
    fields[`labels.${name}`] = value;
    fields[`labels["${name}"]`] = value;
  }
  const withField: Scope = (name) => {
    if (name === '__field') return { ...single(own), fields };
    if (name === '__series') return { ...single(own), fields: { name: own } };
    return scope?.(name);
  };
  return interpolate(text, withField, 'text');
}
