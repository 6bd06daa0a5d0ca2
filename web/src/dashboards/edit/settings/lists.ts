import { at, listOf, objectOf, objectsOf, textOf } from '../../model/json';
import type { Json, JsonObject, JsonPath } from '../../model/json';
import { setIn } from '../edits';

/** Puts another entry at the end of a list of the document, which is made where it is not there. */
export function addTo(raw: JsonObject, path: JsonPath, entry: JsonObject): JsonObject {
  return setIn(raw, path, [...listOf(at(raw, path)), entry]);
}

/** Moves an entry by one place; at the ends nothing changes. */
export function moveIn(raw: JsonObject, path: JsonPath, index: number, by: -1 | 1): JsonObject {
  const list = listOf(at(raw, path));
  const to = index + by;
  if (list[index] === undefined || to < 0 || to >= list.length) return raw;
  const next = [...list];
  [next[index], next[to]] = [next[to]!, next[index]!];
  return setIn(raw, path, next);
}

export const VARIABLES: JsonPath = ['templating', 'list'];

/** Why a name cannot be a variable's; null where it can. */
export function nameProblem(raw: JsonObject, index: number, name: string): string | null {
  if (!/^\w+$/.test(name)) return 'A name is of letters, digits and _.';
  if (name.startsWith('__')) return 'Names that begin with __ are built in.';
  const taken = listOf(at(raw, VARIABLES)).some((one, i) => i !== index && textOf(objectOf(one)['name']) === name);
  return taken ? `There is a variable ${name} already.` : null;
}

/** A variable of a name that is free. */
export function newVariable(raw: JsonObject): JsonObject {
  const names = new Set(objectsOf(at(raw, VARIABLES)).map((one) => textOf(one['name'])));
  let n = names.size;
  while (names.has(`variable${n}`)) n++;
  return { name: `variable${n}`, type: 'query', label: '', datasource: { type: 'prometheus', uid: 'prometheus' }, query: '', refresh: 1, regex: '', sort: 1, multi: false, includeAll: false, hide: 0, current: {} };
}

/**
 * A variable of another kind: what it is called and how it is shown stays, its query and what was chosen do not, for they mean
 * something else there.
 */
export function withType(variable: JsonObject, type: string): JsonObject {
  const kept: JsonObject = {};
  for (const key of ['name', 'label', 'description', 'hide', 'skipUrlSync']) if (variable[key] !== undefined) kept[key] = variable[key]!;
  const starts: Readonly<Record<string, JsonObject>> = {
    query: { datasource: { type: 'prometheus', uid: 'prometheus' }, query: '', refresh: 1, regex: '', sort: 1, multi: false, includeAll: false },
    custom: { query: '', multi: false, includeAll: false },
    interval: { query: '1m,10m,30m,1h,6h,12h,1d', auto: false, auto_count: 30, auto_min: '10s' },
    datasource: { query: 'prometheus', regex: '', multi: false, includeAll: false },
    textbox: { query: '' },
    constant: { query: '' },
    adhoc: { datasource: { type: 'prometheus', uid: 'prometheus' }, filters: [] },
  };
  return { ...kept, type, ...starts[type], current: {} };
}

/** The query of a variable with other text: where it is an object, as newer dashboards have it, the text within. */
export function withQuery(query: Json | undefined, text: string): Json {
  const object = objectOf(query);
  return Object.keys(object).length > 0 ? { ...object, query: text } : text;
}
