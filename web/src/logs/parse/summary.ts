import { parseLine } from './fields';
import { isTraceKey } from './traceIds';

/** A structured line as a person reads it: what happened, then the particulars. */
export interface LineSummary {
  message: string;
  particulars: { name: string; value: string }[];
}

const MESSAGE_KEYS = ['msg', 'message', '@message', '@m', 'body', 'log', 'event'];
/** What the row shows beside the line already, and what is the same in every line of a process. */
const SHOWN_ELSEWHERE = new Set(['level', 'lvl', 'severity', '@l', 'time', 'timestamp', '@timestamp', '@t', 'ts', 'spanid', 'traceflags', 'pid', 'hostname', 'v']);
/** More would not fit into any row. */
const MAX_PARTICULARS = 40;

/** Null for a line that holds no message of its own: it is shown as it is. */
export function summaryOf(line: string): LineSummary | null {
  const { format, fields } = parseLine(line);
  if (format === 'text') return null;
  const key = MESSAGE_KEYS.find((name) => fields.some((field) => field.path === name && field.value.trim() !== ''));
  if (key === undefined) return null;
  const particulars = fields
    .filter(({ path }) => path !== key && !isTraceKey(path) && !SHOWN_ELSEWHERE.has(path.toLowerCase()) && !SHOWN_ELSEWHERE.has(path.toLowerCase().replace(/[._-]/g, '')))
    .slice(0, MAX_PARTICULARS)
    .map(({ path, value }) => ({ name: path, value }));
  return { message: fields.find((field) => field.path === key)!.value, particulars };
}
