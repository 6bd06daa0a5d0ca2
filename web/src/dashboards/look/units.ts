import { formatAgo } from '../../format/time';
import { datePattern } from '../variables/interpolate';
import { dateUnit } from './dateUnits';
import { UNIT_TABLE } from './unitTable';
import type { UnitRule } from './unitTable';

/** A number as it is shown: what stands before it, the digits, what stands after it. */
export interface Formatted {
  prefix: string;
  text: string;
  suffix: string;
}

const plain = (text: string, suffix = '', prefix = ''): Formatted => ({ prefix, text, suffix });

/** In one text, the suffix set apart by a space that does not break; `%` and currencies stand close. */
export function joined({ prefix, text, suffix }: Formatted): string {
  return `${prefix}${text}${suffix === '' ? '' : /^[%°]/.test(suffix) && suffix !== '°C' ? suffix : `\u00a0${suffix}`}`;
}

/** The rule of a unit's id. An id that is not known is the word after the number, as Grafana has it. */
export function unitRule(id: string | null): UnitRule {
  if (id === null || id === '' || id === 'none') return { kind: 'plain' };
  const known = UNIT_TABLE[id];
  if (known !== undefined) return known;
  const custom = /^(prefix|suffix|time|si|bin|count|currency|bool):(.*)$/s.exec(id);
  const word = custom?.[2] ?? '';
  switch (custom?.[1]) {
    case 'prefix':
      return { kind: 'plain', prefix: word };
    case 'suffix':
      return { kind: 'plain', suffix: word };
    case 'time':
      return { kind: 'pattern', pattern: word };
    case 'si':
    case 'bin': {
      const scaled = /^([pnumkMGTP]|µ)(.+)$/.exec(word);
      const factors: Readonly<Record<string, number>> = { p: 1e-12, n: 1e-9, u: 1e-6, µ: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 };
      return { kind: custom![1] === 'bin' ? 'binary' : 'si', unit: scaled ? scaled[2]! : word, factor: scaled ? factors[scaled[1]!]! : 1 };
    }
    case 'count':
      return { kind: 'si', unit: word };
    case 'currency':
      return { kind: 'currency', symbol: word.replace(/:.*$/, '') };
    case 'bool': {
      const [yes = 'true', no = 'false'] = word.split('/');
      return { kind: 'bool', yes, no };
    }
    default:
      return { kind: 'plain', suffix: id };
  }
}

const SI = ['f', 'p', 'n', 'µ', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const LETTERS = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** Digits after the point for about three significant ones. */
function digitsOf(value: number, decimals: number | null, digits: number): string {
  if (decimals !== null) return minus(value.toFixed(Math.min(20, Math.max(0, decimals))));
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-6) return minus(value.toExponential(Math.max(0, digits - 1)));
  if (size >= 10 ** digits) return minus(String(Math.round(value)));
  return minus(String(Number(value.toPrecision(digits))));
}

const minus = (text: string) => (text.startsWith('-') ? `−${text.slice(1)}` : text);

/** `digits` are the significant ones where `decimals` says nothing. */
export function formatUnit(value: number, id: string | null, decimals: number | null = null, digits = 3): Formatted {
  if (Number.isNaN(value)) return plain('NaN');
  if (!Number.isFinite(value)) return plain(value > 0 ? '+Inf' : '−Inf');
  const rule = unitRule(id);
  const write = (n: number) => digitsOf(n, decimals, digits);
  switch (rule.kind) {
    case 'plain':
      return plain(decimals === null && Math.abs(value) >= 1000 && digits === 3 ? grouped(value) : write(value), rule.suffix, rule.prefix);
    case 'locale':
      return plain(grouped(value, decimals));
    case 'short': {
      const { scaled, prefix } = scale(value, 1000, LETTERS, 0, digits);
      return plain(write(scaled), prefix);
    }
    case 'percent':
      return plain(write(value * rule.factor), '%');
    case 'si': {
      const base = value * (rule.factor ?? 1);
      const { scaled, prefix } = rule.whole ? scale(base, 1000, LETTERS, 0, digits) : scale(base, 1000, SI, 5, digits);
      return plain(write(scaled), prefix + rule.unit);
    }
    case 'binary': {
      const { scaled, prefix } = scale(value * (rule.factor ?? 1), 1024, BINARY, 0, digits);
      return plain(write(scaled), prefix + rule.unit);
    }
    case 'time':
      return formatTime(value * rule.seconds, decimals, digits);
    case 'clock':
      return plain(clockText(value * rule.seconds));
    case 'duration':
      return plain(durationText(value * rule.seconds));
    case 'date':
      return plain(dateUnit(value, rule.style, Date.now()));
    case 'ago':
      return plain(formatAgo(value, Date.now()));
    case 'pattern':
      return plain(datePattern(new Date(value), rule.pattern === '' ? 'YYYY-MM-DD HH:mm:ss' : rule.pattern));
    case 'bool':
      return plain(value === 0 ? rule.no : rule.yes);
    case 'currency': {
      const { scaled, prefix } = scale(value, 1000, ['', 'K', 'M', 'B', 'T'], 0, digits);
      return rule.after ? plain(write(scaled) + prefix, rule.symbol) : plain(write(scaled) + prefix, '', rule.symbol);
    }
    case 'hex':
      return plain((rule.prefix ? '0x' : '') + Math.round(value).toString(16).toUpperCase());
    case 'scientific':
      return plain(minus(value.toExponential(decimals ?? 2)));
    case 'string':
      return plain(String(value));
  }
}

/** With thin spaces between thousands; where no decimals are asked for, fewer of them the larger the number is. */
function grouped(value: number, decimals: number | null = null): string {
  const size = Math.abs(value);
  if (decimals === null && size >= 1e15) return minus(String(value));
  const fixed = decimals === null ? String(Number(value.toFixed(size >= 10_000 ? 0 : size >= 1000 ? 1 : 2))) : value.toFixed(decimals);
  const [whole, fraction] = fixed.split('.');
  return minus(whole!.replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f')) + (fraction === undefined ? '' : `.${fraction}`);
}

function scale(value: number, base: number, prefixes: readonly string[], zero: number, digits: number): { scaled: number; prefix: string } {
  if (value === 0) return { scaled: 0, prefix: prefixes[zero]! };
  // A value that rounds up to the next prefix takes it: 999 999 is 1 M.
  const size = Math.abs(value) * (1 + 0.5 * 10 ** -digits);
  const power = Math.min(prefixes.length - 1 - zero, Math.max(-zero, Math.floor(Math.log(size) / Math.log(base) + 1e-12)));
  return { scaled: value / base ** power, prefix: prefixes[zero + power]! };
}

const TIMES: readonly (readonly [seconds: number, name: string])[] = [
  [31_557_600, 'years'], [604_800, 'weeks'], [86_400, 'days'], [3600, 'h'], [60, 'min'], [1, 's'], [1e-3, 'ms'], [1e-6, 'µs'],
];

/** A length of time in its largest unit: `3.2 days`, `340 ms`. */
function formatTime(seconds: number, decimals: number | null, digits: number): Formatted {
  if (seconds === 0) return plain('0', 's');
  const size = Math.abs(seconds) * (1 + 0.5 * 10 ** -digits);
  const [unit, name] = TIMES.find(([from]) => size >= from) ?? [1e-9, 'ns'];
  return plain(digitsOf(seconds / unit, decimals, digits), name);
}

const two = (n: number) => String(n).padStart(2, '0');

/** `02:03:04`, after days where there are some. */
function clockText(seconds: number): string {
  const whole = Math.floor(Math.abs(seconds));
  const days = Math.floor(whole / 86_400);
  return `${seconds < 0 ? '−' : ''}${days > 0 ? `${days} d ` : ''}${two(Math.floor((whole % 86_400) / 3600))}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
}

/** The two largest parts: `1 year, 3 weeks`. */
function durationText(seconds: number): string {
  let rest = Math.abs(seconds);
  if (rest < 1) return `${digitsOf(rest * 1000, null, 3)}\u00a0ms`;
  const parts: string[] = [];
  for (const [size, name] of [[31_557_600, 'year'], [2_629_800, 'month'], [604_800, 'week'], [86_400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}\u00a0${name}${count === 1 ? '' : 's'}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return (seconds < 0 ? '−' : '') + parts.join(', ');
}

/** Labels of an axis: as many digits as tell neighbours apart. */
export function axisTexts(values: readonly number[], id: string | null, decimals: number | null): string[] {
  for (let digits = 3; ; digits++) {
    const labels = values.map((value) => joined(formatUnit(value, id, decimals, digits)));
    if (decimals !== null || digits >= 8 || labels.every((label, i) => i === 0 || label !== labels[i - 1])) return labels;
  }
}

/** Between which values an axis may draw its lines: round in the unit. */
export function axisSteps(id: string | null): number[] | null {
  const rule = unitRule(id);
  if (rule.kind === 'binary') {
    const steps = [0.1, 0.2, 0.5];
    for (let power = 0; power <= 60; power += 10) for (const m of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]) steps.push((m * 2 ** power) / (rule.factor ?? 1));
    return steps;
  }
  if (rule.kind === 'time' || rule.kind === 'clock' || rule.kind === 'duration') {
    const steps: number[] = [];
    for (let power = -9; power <= 0; power++) for (const m of [1, 2, 5]) steps.push(Number(`${m}e${power}`));
    return [...steps, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000, 8_640_000, 86_400_000, 864_000_000].map((s) => s / rule.seconds);
  }
  return null;
}

