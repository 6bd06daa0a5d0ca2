import type { LogRow } from '../query/lokiAnswer';
import { readJson, WrittenNumber, writeJson } from './json';
import type { JsonValue } from './json';

/** The fields inside a log line, as the row details show them. */

export type LineFormat = 'json' | 'logfmt' | 'text';

export interface LineField {
  /** As written in the line; nested JSON keys joined with a dot. */
  path: string;
  /** The label that LogQL's parser makes of it. */
  label: string;
  value: string;
}

export interface ParsedLine {
  format: LineFormat;
  fields: LineField[];
}

/** A line may come from anywhere: no more fields than a person could look through. */
const MAX_FIELDS = 500;
const MAX_DEPTH = 16;

export function parseLine(line: string): ParsedLine {
  const json = jsonObject(line);
  if (json) {
    const fields: LineField[] = [];
    flatten(json, [], fields);
    return { format: 'json', fields };
  }
  const fields = logfmtFields(line);
  return fields ? { format: 'logfmt', fields } : { format: 'text', fields: [] };
}

/** The line indented when it is JSON (and not nested without end), unchanged otherwise. */
export function prettyLine(line: string): string {
  const json = jsonObject(line);
  return json ? (writeJson(json, 2) ?? line) : line;
}

/** The whole record as indented JSON: its time, labels and metadata, and its line as an object where it is JSON. */
export function recordJson({ unixNanos, timestampMs, line, stream, metadata, parsed }: LogRow): string {
  const optional = (labels: LogRow['stream'], key: string) => (Object.keys(labels).length === 0 ? {} : { [key]: labels });
  const record = { time: new Date(timestampMs).toISOString(), unixNanos, stream, ...optional(metadata, 'metadata'), ...optional(parsed, 'parsed') };
  return writeJson({ ...record, line: jsonObject(line) ?? line }, 2) ?? JSON.stringify({ ...record, line }, null, 2);
}

type JsonObject = { [key: string]: JsonValue };

function jsonObject(line: string): JsonObject | null {
  const text = line.trim();
  if (!text.startsWith('{') || !text.endsWith('}')) return null;
  try {
    return readJson(text) as JsonObject;
  } catch {
    // Not JSON after all: a line may well begin with a brace.
    return null;
  }
}

function flatten(value: JsonObject, path: string[], fields: LineField[]): void {
  for (const [key, item] of Object.entries(value)) {
    if (fields.length >= MAX_FIELDS) return;
    const here = [...path, key];
    if (typeof item === 'object' && item !== null && !Array.isArray(item) && !(item instanceof WrittenNumber) && here.length < MAX_DEPTH) {
      flatten(item, here, fields);
    } else {
      fields.push({
        path: here.join('.'),
        label: labelName(here.join('_')),
        value: typeof item === 'string' ? item : (writeJson(item, 0) ?? (Array.isArray(item) ? '[…]' : '{…}')),
      });
    }
  }
}

/** What LogQL makes of a key: other characters become `_`, a leading digit gets one before it. */
export function labelName(key: string): string {
  const name = key.replace(/[^A-Za-z0-9_]/g, '_');
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

const LOGFMT_PAIR = /(?:^|\s)([A-Za-z_@][\w.\-/@]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?=\s|$)/g;

/** At least two pairs, or a line that is one pair: prose with a single `a=b` in it is not logfmt. */
function logfmtFields(line: string): LineField[] | null {
  const fields: LineField[] = [];
  let covered = 0;
  for (const match of line.matchAll(LOGFMT_PAIR)) {
    if (fields.length >= MAX_FIELDS) break;
    covered += match[0].trim().length;
    const key = match[1]!;
    fields.push({ path: key, label: labelName(key), value: match[2] !== undefined ? unquote(match[2]) : match[3]! });
  }
  return fields.length >= 2 || (fields.length === 1 && covered === line.trim().length) ? fields : null;
}

function unquote(text: string): string {
  return text.replace(/\\(["\\nrt])/g, (_, c: string) => ({ n: '\n', r: '\r', t: '\t' })[c] ?? c);
}
