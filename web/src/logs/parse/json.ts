/** JSON of log lines with its numbers as they are written: a double would make 12345678901234567890 and 1.50 something else. */

/** A number whose text is not what a double would be written as. */
export class WrittenNumber {
  constructor(readonly text: string) {}
}

/** What JSON.parse makes of a text, with a WrittenNumber for each number that a double does not hold as written. */
export type JsonValue = null | boolean | number | string | WrittenNumber | JsonValue[] | { [key: string]: JsonValue };

/** Deeper values are neither indented nor kept by the letter: each level of indentation makes every line within it longer. */
const MOST_NESTED = 100;
/** Whether there may be such a number at all; most lines hold none and are left to JSON.parse alone. */
const MAYBE_WRITTEN = /[:,[]\s*(?:-0|-?\d+[.eE]|-?\d{16})/;
/** Of JSON that is known to be sound: texts, numbers, words and signs. */
const TOKEN = /\s*(?:("[^"\\]*(?:\\.[^"\\]*)*")|(-?\d[\d.eE+-]*)|(true|false|null)|([{}[\],:]))/y;

/** @throws SyntaxError when the text is not JSON */
export function readJson(text: string): JsonValue {
  const value = JSON.parse(text) as JsonValue;
  return MAYBE_WRITTEN.test(text) ? (readWritten(text) ?? value) : value;
}

/** Null when the text, which has to be JSON, is nested too deep. */
function readWritten(text: string): JsonValue | null {
  TOKEN.lastIndex = 0;
  let isTooDeep = false;
  const next = () => TOKEN.exec(text)!;
  const valueOf = (token: RegExpExecArray, depth: number): JsonValue => {
    const [, string, number, word, sign] = token;
    if (string !== undefined) return JSON.parse(string) as string;
    if (number !== undefined) return String(Number(number)) === number ? Number(number) : new WrittenNumber(number);
    if (word !== undefined) return JSON.parse(word) as boolean | null;
    if (depth >= MOST_NESTED) isTooDeep = true;
    if (isTooDeep) return null;
    return sign === '[' ? listOf(depth) : objectOf(depth);
  };
  const listOf = (depth: number): JsonValue[] => {
    const list: JsonValue[] = [];
    let token = next();
    while (!isTooDeep && token[4] !== ']') {
      list.push(valueOf(token[4] === ',' ? next() : token, depth + 1));
      if (!isTooDeep) token = next();
    }
    return list;
  };
  const objectOf = (depth: number): JsonValue => {
    // Without a prototype, so that a key `__proto__` is a key like any other.
    const object = Object.create(null) as { [key: string]: JsonValue };
    let token = next();
    while (!isTooDeep && token[4] !== '}') {
      const key = JSON.parse((token[4] === ',' ? next() : token)[1]!) as string;
      next();
      object[key] = valueOf(next(), depth + 1);
      if (!isTooDeep) token = next();
    }
    return object;
  };
  const value = valueOf(next(), 0);
  return isTooDeep ? null : value;
}

/**
 * Writes a value as JSON.stringify would, with numbers as they were written.
 *
 * @param indent spaces for each level; 0 for all on one line
 * @returns null when the value is nested too deep
 */
export function writeJson(value: JsonValue, indent: number): string | null {
  let isTooDeep = false;
  const write = (item: JsonValue, depth: number): string => {
    if (item instanceof WrittenNumber) return item.text;
    if (typeof item !== 'object' || item === null) return JSON.stringify(item);
    if (depth >= MOST_NESTED) isTooDeep = true;
    if (isTooDeep) return '';
    const colon = indent > 0 ? ': ' : ':';
    const parts = Array.isArray(item) ? item.map((one) => write(one, depth + 1)) : Object.entries(item).map(([key, one]) => `${JSON.stringify(key)}${colon}${write(one, depth + 1)}`);
    const [open, close] = Array.isArray(item) ? '[]' : '{}';
    if (parts.length === 0 || indent === 0) return `${open}${parts.join(',')}${close}`;
    const margin = `\n${' '.repeat(indent * (depth + 1))}`;
    return `${open}${margin}${parts.join(`,${margin}`)}\n${' '.repeat(indent * depth)}${close}`;
  };
  const text = write(value, 0);
  return isTooDeep ? null : text;
}
