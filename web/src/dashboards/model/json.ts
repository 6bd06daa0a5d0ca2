/** What JSON.parse gives. Dashboards come from anywhere: nothing about their shape is taken for granted. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** Where a value stands within a document: keys of objects, indices of lists. */
export type JsonPath = readonly (string | number)[];

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value : [];
}

export function objectsOf(value: unknown): JsonObject[] {
  return listOf(value).filter(isObject);
}

/** A string, or a number or boolean written as one; the empty string for anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

export function textsOf(value: unknown): string[] {
  return listOf(value).map(textOf);
}

/** A finite number, or a string that is one (old dashboards write `"2"`); null for anything else. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || value.trim() === '') return null;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : null;
}

export function flagOf(value: unknown, otherwise = false): boolean {
  return typeof value === 'boolean' ? value : otherwise;
}

/** The value at a path, or undefined. */
export function at(document: Json | undefined, path: JsonPath): Json | undefined {
  let here: Json | undefined = document;
  for (const step of path) {
    if (Array.isArray(here) && typeof step === 'number') here = here[step];
    else if (isObject(here) && typeof step === 'string' && Object.hasOwn(here, step)) here = here[step];
    else return undefined;
  }
  return here;
}

/**
 * A copy of the document with another value at the path (`undefined` removes it); everything beside the path is shared with the
 * document, not copied. Missing objects on the way are made.
 */
export function withAt(document: Json | undefined, path: JsonPath, value: Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value ?? null;
  if (typeof step === 'number') {
    const list = Array.isArray(document) ? [...document] : [];
    if (rest.length === 0 && value === undefined) list.splice(step, 1);
    else list[step] = withAt(list[step], rest, value);
    return list;
  }
  const object: JsonObject = { ...objectOf(document) };
  if (rest.length === 0 && value === undefined) delete object[step];
  else object[step] = withAt(object[step], rest, value);
  return object;
}
