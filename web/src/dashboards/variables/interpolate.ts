import { ALL } from '../model/variable';
import { sqlPlaces, sqlValue } from './sqlPlaces';
import type { SqlPlace } from './sqlPlaces';

/** A variable's value as it is put into texts. */
export interface Value {
  values: readonly string[];
  texts: readonly string[];
  /** Whether several values can be chosen: then a query gets them escaped, as parts of a regular expression. */
  multi: boolean;
  /** Stands in for all values as it is written, where the dashboard says so. */
  allValue?: string | null;
  /** Fields that `${name.field}` asks for. */
  fields?: Readonly<Record<string, string>>;
}

/** Looks a variable up; undefined where there is none. */
export type Scope = (name: string) => Value | undefined;

/** How values are written where the text names no format. */
export type DefaultFormat = 'promql' | 'logql' | 'traceql' | 'sql' | 'glob' | 'text' | 'raw' | 'percentencode' | 'queryparam';

const TOKEN = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:^}]+))?(?::([^}]+))?\}/g;

/**
 * Puts values in the place of `$name`, `${name}`, `${name:format}`, `${name.field}` and `[[name]]`, as Grafana documents them. What
 * names no variable stays as it is written.
 */
export function interpolate(text: string, scope: Scope, otherwise: DefaultFormat): string {
  if (!text.includes('$') && !text.includes('[[')) return text;
  const quotes = otherwise === 'sql' ? sqlPlaces(text, (name) => scope(name) !== undefined) : otherwise in LANGUAGES ? quotesOf(text, LANGUAGES[otherwise as Language]) : null;
  return text.replace(TOKEN, (token, plain: string | undefined, square: string | undefined, squareFormat: string | undefined, braced: string | undefined, field: string | undefined, format: string | undefined, offset: number) => {
    const name = plain ?? square ?? braced ?? '';
    const value = scope(name);
    if (value === undefined) return token;
    if (field !== undefined) return value.fields?.[field.replace(/^\["?|"?\]$/g, '')] ?? (field === 'text' ? value.texts.join(' + ') : field === 'value' ? value.values.join(',') : token);
    return formatValue(name, value, format ?? squareFormat ?? null, otherwise, quotes?.(offset) ?? '');
  });
}

type Language = 'promql' | 'logql' | 'traceql';

/** How a language writes texts: in which quotes, which of them know escapes by a backslash, and what begins a comment. */
const LANGUAGES: Readonly<Record<Language, { quotes: string; escaping: string; comment: string }>> = {
  promql: { quotes: '"\'`', escaping: '"\'', comment: '#' },
  logql: { quotes: '"\'`', escaping: '"\'', comment: '#' },
  traceql: { quotes: '"`', escaping: '"', comment: '//' },
};

/** Tells for offsets that only rise in which quotes they stand; empty for none. */
function quotesOf(text: string, { quotes, escaping, comment }: (typeof LANGUAGES)[Language]): (offset: number) => string {
  let at = 0;
  let quote = '';
  return (offset) => {
    for (; at < offset; at++) {
      const c = text[at]!;
      if (quote !== '') {
        if (c === '\\' && escaping.includes(quote)) at++;
        else if (c === quote) quote = '';
      } else if (quotes.includes(c)) quote = c;
      else if (text.startsWith(comment, at)) {
        const end = text.indexOf('\n', at);
        at = end < 0 ? text.length : end;
      }
    }
    return quote;
  };
}

/** Names of all variables that a text asks for. */
export function namesIn(text: string): Set<string> {
  return new Set([...text.matchAll(TOKEN)].map((match) => match[1] ?? match[2] ?? match[4] ?? ''));
}

function formatValue(name: string, value: Value, format: string | null, otherwise: DefaultFormat, quote: string): string {
  const { values, allValue } = value;
  // The value for "all" is the user's own and not escaped, unless it is asked for as a text or a part of an address.
  if (allValue !== null && allValue !== undefined && format !== 'text' && otherwise !== 'text' && format !== 'queryparam') return format === 'percentencode' || otherwise === 'percentencode' ? encodeURIComponent(allValue) : allValue;
  if (format === null) {
    switch (otherwise) {
      case 'promql':
      case 'logql':
      case 'traceql':
        return value.multi ? alternatives(values.map((one) => inQuotes(escapeMatcher(one), quote === '' ? OUTSIDE : quote))) : inQuotes(values[0] ?? '', quote);
      case 'sql':
        return sqlValue(values, value.multi, quote as SqlPlace);
      case 'text':
        return value.texts.join(' + ');
      case 'raw':
        return values.join(',');
      default:
        return FORMATS[otherwise]!(name, value, '');
    }
  }
  const [kind, ...rest] = format.split(':');
  return (FORMATS[kind!] ?? FORMATS['glob']!)(name, value, rest.join(':'));
}

/** Parts of regular expressions outside of quotes get their backslashes doubled too: whoever puts quotes around them later has it right. */
const OUTSIDE = 'outside';

/** A value within quotes: what would end them, and backslashes, are escaped. Raw quotes know no escape; outside of quotes a value is part of the query. */
function inQuotes(text: string, quote: string): string {
  if (quote === '' || quote === '`') return text;
  const escaped = text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\r/g, '\\r');
  return quote === OUTSIDE ? escaped : escaped.replaceAll(quote, `\\${quote}`);
}

const escapeMatcher = (text: string) => text.replace(/[\\$^*{}[\]+?.()|]/g, '\\$&');
const escapeRegex = (text: string) => text.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&');

function alternatives(escaped: readonly string[]): string {
  return escaped.length === 1 ? escaped[0]! : `(${escaped.join('|')})`;
}

type Format = (name: string, value: Value, argument: string) => string;

const encode = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const FORMATS: Readonly<Record<string, Format>> = {
  raw: (_, { values }) => values.join(','),
  csv: (_, { values }) => values.join(','),
  pipe: (_, { values }) => values.join('|'),
  glob: (_, { values }) => (values.length === 1 ? values[0]! : `{${values.join(',')}}`),
  distributed: (name, { values }) => values.map((value, i) => (i === 0 ? value : `${name}=${value}`)).join(','),
  regex: (_, { values }) => alternatives(values.map(escapeRegex)),
  lucene: (_, { values }) => {
    const escaped = values.map((text) => `"${text.replace(/([\\"])/g, '\\$1')}"`);
    return values.length === 1 ? values[0]!.replace(/([!*+\-=<>\s&|()[\]{}^~?:\\/"])/g, '\\$1') : `(${escaped.join(' OR ')})`;
  },
  json: (_, { values }) => (values.length === 1 ? values[0]! : JSON.stringify(values)),
  percentencode: (_, { values }) => encode(values.length === 1 ? values[0]! : `{${values.join(',')}}`),
  uriencode: (_, { values }) => encodeURI(values.length === 1 ? values[0]! : `{${values.join(',')}}`),
  queryparam: (name, { values, allValue }) => (allValue != null ? [ALL] : values).map((value) => `var-${name}=${encode(value)}`).join('&'),
  customqueryparam: (name, { values }, argument) => {
    const [as = name, prefix = ''] = argument.split(':');
    return values.map((value) => `${as === '' ? name : as}=${prefix}${encode(value)}`).join('&');
  },
  singlequote: (_, { values }) => values.map((text) => `'${text.replace(/'/g, "\\'")}'`).join(','),
  doublequote: (_, { values }) => values.map((text) => `"${text.replace(/"/g, '\\"')}"`).join(','),
  sqlstring: (_, { values }) => values.map((text) => `'${text.replace(/'/g, "''")}'`).join(','),
  text: (_, { texts }) => texts.join(' + '),
  html: (_, { values }) => values.join(', ').replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`),
  join: (_, { values }, separator) => values.join(separator === '' ? ',' : separator),
  date: (_, { values }, argument) => formatDate(Number(values[0] ?? 0), argument),
};

/** `date`, `date:iso`, `date:seconds`, `date:YYYY-MM-DD`: of Unix milliseconds, in UTC as Grafana does it. */
function formatDate(ms: number, argument: string): string {
  if (!Number.isFinite(ms)) return String(ms);
  const at = new Date(ms);
  if (argument === '' || argument === 'iso') return at.toISOString();
  if (argument === 'seconds') return String(Math.round(ms / 1000));
  return datePattern(at, argument, true);
}

const two = (n: number) => String(n).padStart(2, '0');
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** A date by a pattern of `YYYY`, `MM`, `DD`, `HH`, `mm`, `ss`, `SSS` and the like; what stands in brackets is kept. */
export function datePattern(at: Date, pattern: string, utc = false): string {
  const month = utc ? at.getUTCMonth() : at.getMonth();
  const day = utc ? at.getUTCDate() : at.getDate();
  const weekday = utc ? at.getUTCDay() : at.getDay();
  const hour = utc ? at.getUTCHours() : at.getHours();
  const minute = utc ? at.getUTCMinutes() : at.getMinutes();
  const second = utc ? at.getUTCSeconds() : at.getSeconds();
  const year = utc ? at.getUTCFullYear() : at.getFullYear();
  const parts: Readonly<Record<string, string>> = {
    YYYY: String(year),
    YY: two(year % 100),
    MMMM: MONTHS[month]!,
    MMM: MONTHS[month]!.slice(0, 3),
    MM: two(month + 1),
    M: String(month + 1),
    DD: two(day),
    D: String(day),
    dddd: DAYS[weekday]!,
    ddd: DAYS[weekday]!.slice(0, 3),
    HH: two(hour),
    H: String(hour),
    hh: two(hour % 12 || 12),
    h: String(hour % 12 || 12),
    mm: two(minute),
    m: String(minute),
    ss: two(second),
    s: String(second),
    SSS: String(at.getMilliseconds()).padStart(3, '0'),
    A: hour < 12 ? 'AM' : 'PM',
    a: hour < 12 ? 'am' : 'pm',
    X: String(Math.floor(at.getTime() / 1000)),
    x: String(at.getTime()),
  };
  return pattern.replace(/\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DD|D|dddd|ddd|HH|H|hh|h|mm|m|ss|s|SSS|A|a|X|x/g, (part, kept: string | undefined) => kept ?? parts[part] ?? part);
}
