import { flagOf, isObject, numberOf, objectOf, objectsOf, textOf, textsOf } from '../../model/json';
import type { Json, JsonObject } from '../../model/json';
import { interpolate } from '../../variables/interpolate';
import type { Scope } from '../../variables/interpolate';
import { regexOf } from '../../variables/options';
import { lengthOf, pickRows } from '../frame';
import type { DataFrame, Field } from '../frame';
import { displayName } from '../names';
import type { Transformer } from './transform';

export const limit: Transformer = (frames, options) => {
  const most = numberOf(options['limitField']) ?? 10;
  return frames.map((frame) => pickRows(frame, Array.from({ length: Math.min(lengthOf(frame), Math.abs(most)) }, (_, i) => (most < 0 ? Math.max(0, lengthOf(frame) + most) + i : i))));
};

export const filterByRefId: Transformer = (frames, options) => {
  const wanted = textsOf(Array.isArray(options['include']) ? options['include'] : textOf(options['include']).split('|'));
  return frames.filter((frame) => wanted.includes(frame.refId));
};

/** Keeps columns by name or pattern (`include`), or leaves them out (`exclude`). */
export const filterFieldsByName: Transformer = (frames, options, scope) => {
  const test = (side: Json | undefined): ((names: readonly string[]) => boolean) | null => {
    if (!isObject(side)) return null;
    const variable = textOf(side['variable']);
    const names = new Set([...textsOf(side['names']), ...(variable === '' ? [] : interpolate(variable, scope, 'raw').split(','))]);
    const pattern = interpolate(textOf(side['pattern']), scope, 'raw');
    if (names.size === 0 && pattern === '') return null;
    const regex = pattern === '' ? null : regexOf(pattern);
    return (all) => all.some((name) => names.has(name) || (regex !== null && regex !== undefined && name.search(regex) >= 0));
  };
  const include = test(options['byVariable'] === true ? { names: [], variable: options['variable'] ?? '' } : options['include']);
  const exclude = test(options['exclude']);
  return frames.flatMap((frame) => {
    const fields = frame.fields.filter((field) => {
      const names = [field.name, displayName(field, frame, frames)];
      return (include === null || include(names)) && (exclude === null || !exclude(names));
    });
    return fields.length === 0 ? [] : [{ ...frame, fields }];
  });
};

/** Keeps (`include`) or leaves out (`exclude`) the rows whose values pass the filters, all or any of them. */
export const filterByValue: Transformer = (frames, options, scope) => {
  const filters = objectsOf(options['filters']);
  const exclude = options['type'] === 'exclude';
  const all = options['match'] === 'all';
  return frames.map((frame) => {
    const tests = filters.flatMap((filter) => rowTest(filter, frame, frames, scope) ?? []);
    if (tests.length === 0) return frame;
    const rows = Array.from({ length: lengthOf(frame) }, (_, row) => row).filter((row) => (all ? tests.every((test) => test(row)) : tests.some((test) => test(row))) !== exclude);
    return pickRows(frame, rows);
  });
};

function rowTest(filter: JsonObject, frame: DataFrame, frames: readonly DataFrame[], scope: Scope): ((row: number) => boolean) | null {
  const name = textOf(filter['fieldName']);
  const field = frame.fields.find((one: Field) => one.name === name || displayName(one, frame, frames) === name);
  if (field === undefined) return null;
  const config = objectOf(filter['config']);
  const options = objectOf(config['options']);
  const text = interpolate(textOf(options['value']), scope, 'raw');
  const number = Number(text);
  const value = (row: number) => field.values[row];
  const compared = (test: (n: number) => boolean) => (row: number) => typeof value(row) === 'number' && test(value(row) as number);
  switch (textOf(config['id'])) {
    case 'isNull':
      return (row) => value(row) === null || value(row) === undefined;
    case 'isNotNull':
      return (row) => value(row) !== null && value(row) !== undefined;
    case 'equal':
      return (row) => String(value(row)) === text || (typeof value(row) === 'number' && value(row) === number);
    case 'notEqual':
      return (row) => String(value(row)) !== text && !(typeof value(row) === 'number' && value(row) === number);
    case 'greater':
      return compared((n) => n > number);
    case 'greaterOrEqual':
      return compared((n) => n >= number);
    case 'lower':
      return compared((n) => n < number);
    case 'lowerOrEqual':
      return compared((n) => n <= number);
    case 'between':
    case 'range':
      return compared((n) => n >= (numberOf(options['from']) ?? -Infinity) && n <= (numberOf(options['to']) ?? Infinity));
    case 'regex': {
      const regex = regexOf(`/${text}/${flagOf(options['caseInsensitive']) ? 'i' : ''}`);
      return (row) => regex?.test(String(value(row) ?? '')) ?? false;
    }
    case 'substring':
      return (row) => String(value(row) ?? '').toLowerCase().includes(text.toLowerCase());
    case 'notSubstring':
      return (row) => !String(value(row) ?? '').toLowerCase().includes(text.toLowerCase());
    default:
      return null;
  }
}
