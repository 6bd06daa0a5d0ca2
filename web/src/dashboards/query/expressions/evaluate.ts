import type { Labels } from '../../../api/prometheus';
import { parseDurationMs } from '../../../time/range';
import { fieldOf, frameOf, numberFields, timeField } from '../../frames/frame';
import type { DataFrame } from '../../frames/frame';
import { numberOf, objectOf, objectsOf, textOf } from '../../model/json';
import type { JsonObject } from '../../model/json';
import { callOf, combine, parseFormula, referencesOf } from './math';
import type { Formula } from './math';

/** One of the results that expressions work on: a series over time, or a number. A value that is not there is NaN. */
export interface Item {
  labels: Labels;
  /** Null for a number, which has one value. */
  times: number[] | null;
  values: number[];
}

/** An expression of a panel: what it makes of other queries. */
export interface Expression {
  refId: string;
  type: string;
  raw: JsonObject;
  /** With variables replaced. */
  formula: string;
  hidden: boolean;
}

/** The kinds that are worked out; others are named. */
export const EXPRESSION_TYPES: ReadonlySet<string> = new Set(['math', 'reduce', 'resample', 'threshold']);

const MOST_POINTS = 11_000;

export function itemsOf(frames: readonly DataFrame[]): Item[] {
  return frames.flatMap((frame) => {
    const times = timeField(frame)?.values as number[] | undefined;
    return numberFields(frame).map((field): Item => {
      const values = field.values.map((value) => (typeof value === 'number' ? value : NaN));
      return times === undefined && values.length === 1 ? { labels: field.labels, times: null, values } : { labels: field.labels, times: times ?? values.map((_, i) => i), values };
    });
  });
}

/** Which queries an expression needs. */
export function needs(expression: Expression): string[] {
  if (expression.type !== 'math') return [expression.formula.replace(/^\$\{?|\}$/g, '').trim()];
  const formula = parseFormula(expression.formula);
  return 'error' in formula ? [] : referencesOf(formula);
}

/**
 * Works expressions out, in their order; each may use queries and expressions before it. Numbers come out as one point at the end
 * of the range.
 */
export function evaluate(expressions: readonly Expression[], answers: ReadonlyMap<string, readonly DataFrame[]>, range: { startMs: number; endMs: number }): { frames: DataFrame[]; problems: string[] } {
  const known = new Map<string, Item[]>([...answers].map(([refId, frames]) => [refId, itemsOf(frames)]));
  const frames: DataFrame[] = [];
  const problems: string[] = [];
  for (const expression of expressions) {
    const missing = needs(expression).filter((refId) => !known.has(refId));
    const tell = (problem: string) => {
      const told = `Expression ${expression.refId}: ${problem}.`;
      if (!problems.includes(told)) problems.push(told);
    };
    const result = missing.length > 0 ? `it needs ${missing.join(', ')}, which is not there or comes later` : resultOf(expression, known, range, tell);
    if (typeof result === 'string') {
      tell(result);
      continue;
    }
    known.set(expression.refId, result);
    if (!expression.hidden) frames.push(...result.map((item) => toFrame(expression.refId, item, range.endMs)));
  }
  return { frames, problems };
}

function toFrame(refId: string, { labels, times, values }: Item, endMs: number): DataFrame {
  const name = Object.keys(labels).length === 0 ? refId : Object.values(labels).join(' ');
  return frameOf(refId, [fieldOf('Time', 'time', times ?? [endMs]), fieldOf('Value', 'number', values.map((value) => (Number.isNaN(value) ? null : value)), { labels, config: { displayNameFromDS: name } })], { name, kind: 'series' });
}

function resultOf(expression: Expression, known: ReadonlyMap<string, readonly Item[]>, range: { startMs: number; endMs: number }, tell: (problem: string) => void): Item[] | string {
  const { raw, type } = expression;
  const input = known.get(needs(expression)[0] ?? '') ?? [];
  switch (type) {
    case 'math': {
      const formula = parseFormula(expression.formula);
      return 'error' in formula ? formula.error.replace(/\.$/, '') : math(formula, known, tell);
    }
    case 'reduce': {
      const reducer = textOf(raw['reducer']) || 'mean';
      if (!Object.hasOwn(REDUCERS, reducer)) return `the reducer ${reducer} is not supported`;
      const settings = objectOf(raw['settings']);
      return input.map((item) => ({ labels: item.labels, times: null, values: [REDUCERS[reducer]!(cleaned(item.values, textOf(settings['mode']), numberOf(settings['replaceWithValue']) ?? 0))] }));
    }
    case 'threshold': {
      const evaluator = objectOf(objectsOf(raw['conditions'])[0]?.['evaluator']);
      const params = (Array.isArray(evaluator['params']) ? evaluator['params'] : []).map((one) => numberOf(one) ?? 0);
      const kind = textOf(evaluator['type']);
      if (!Object.hasOwn(THRESHOLDS, kind)) return `the threshold ${kind || 'without a kind'} is not supported`;
      return input.map((item) => ({ ...item, values: item.values.map((value) => (Number.isNaN(value) ? NaN : THRESHOLDS[kind]!(value, params[0] ?? 0, params[1] ?? 0) ? 1 : 0)) }));
    }
    case 'resample': {
      const stepMs = parseDurationMs(textOf(raw['window']));
      if (stepMs === null || stepMs <= 0) return `“${textOf(raw['window'])}” is no window`;
      if ((range.endMs - range.startMs) / stepMs > MOST_POINTS) return `the window makes more than ${MOST_POINTS} points`;
      const down = textOf(raw['downsampler']) || 'mean';
      if (!Object.hasOwn(REDUCERS, down)) return `the downsampler ${down} is not supported`;
      return input.map((item) => (item.times === null ? item : resampled(item, item.times, stepMs, down, textOf(raw['upsampler']) || 'fillna', range)));
    }
    default:
      return `its kind ${type} is not supported`;
  }
}

function cleaned(values: readonly number[], mode: string, replacement: number): number[] {
  if (mode === 'dropNN') return values.filter(Number.isFinite);
  return mode === 'replaceNN' ? values.map((value) => (Number.isFinite(value) ? value : replacement)) : [...values];
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
// Without a value there is none; one that is no number makes the whole none, unless the mode has left it out.
const REDUCERS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  sum,
  mean: (values) => (values.length === 0 ? NaN : sum(values) / values.length),
  min: (values) => (values.length === 0 ? NaN : values.reduce((least, value) => (value < least || Number.isNaN(value) ? value : least))),
  max: (values) => (values.length === 0 ? NaN : values.reduce((most, value) => (value > most || Number.isNaN(value) ? value : most))),
  count: (values) => values.length,
  last: (values) => values.at(-1) ?? NaN,
  median: (values) => {
    if (values.length === 0 || values.some(Number.isNaN)) return NaN;
    const ordered = [...values].sort((a, b) => a - b);
    const middle = ordered.length >> 1;
    return ordered.length % 2 === 1 ? ordered[middle]! : (ordered[middle - 1]! + ordered[middle]!) / 2;
  },
};

const THRESHOLDS: Readonly<Record<string, (value: number, a: number, b: number) => boolean>> = {
  gt: (value, a) => value > a,
  lt: (value, a) => value < a,
  eq: (value, a) => value === a,
  ne: (value, a) => value !== a,
  gte: (value, a) => value >= a,
  lte: (value, a) => value <= a,
  within_range: (value, a, b) => value > a && value < b,
  outside_range: (value, a, b) => value < a || value > b,
  within_range_included: (value, a, b) => value >= a && value <= b,
  outside_range_included: (value, a, b) => value <= a || value >= b,
};

function resampled(item: Item, times: readonly number[], stepMs: number, down: string, up: string, { startMs, endMs }: { startMs: number; endMs: number }): Item {
  const made: { times: number[]; values: number[] } = { times: [], values: [] };
  let at = 0;
  let before = NaN;
  for (let time = startMs; time <= endMs; time += stepMs) {
    const inside: number[] = [];
    for (; at < times.length && times[at]! <= time; at++) if (Number.isFinite(item.values[at]!)) inside.push(item.values[at]!);
    const next = item.values.slice(at).find(Number.isFinite) ?? NaN;
    const value = inside.length > 0 ? REDUCERS[down]!(inside) : up === 'pad' ? before : up === 'backfilling' ? next : NaN;
    if (inside.length > 0) before = inside.at(-1)!;
    made.times.push(time);
    made.values.push(value);
  }
  return { labels: item.labels, ...made };
}

/** @param tell is called where both sides of an operator have results and nothing comes of them */
function math(formula: Formula, known: ReadonlyMap<string, readonly Item[]>, tell: (problem: string) => void): Item[] {
  const each = (operand: Formula, change: (value: number) => number) => math(operand, known, tell).map((item) => ({ ...item, values: item.values.map(change) }));
  switch (formula.kind) {
    case 'number':
      return [{ labels: {}, times: null, values: [formula.value] }];
    case 'reference':
      return [...(known.get(formula.refId) ?? [])];
    case 'call':
      return formula.argument === null ? [{ labels: {}, times: null, values: [callOf(formula.name, 0)] }] : each(formula.argument, (value) => callOf(formula.name, value));
    case 'not':
      return each(formula.operand, (value) => (Number.isNaN(value) ? NaN : value === 0 ? 1 : 0));
    case 'minus':
      return each(formula.operand, (value) => -value);
    case 'binary': {
      const [left, right] = [math(formula.left, known, tell), math(formula.right, known, tell)];
      const pairs = left.flatMap((a) => right.filter((b) => belong(a.labels, b.labels)).map((b) => [a, b] as const));
      const isOneByOne = pairs.length === 0 && left.length === 1 && right.length === 1;
      // One result on each side can only mean each other, as in Grafana: what comes of them has no labels, as neither's fit it.
      const items = isOneByOne ? [{ ...joined(left[0]!, right[0]!, formula.operator), labels: {} }] : pairs.map(([a, b]) => joined(a, b, formula.operator));
      if (items.length === 0 && left.length > 0 && right.length > 0) {
        tell(`no result left of “${formula.operator}” has labels that fit those of one right of it`);
      } else if (items.length > 0 && items.every(({ times }) => times?.length === 0) && left.some(hasValues) && right.some(hasValues)) {
        tell(`the times left and right of “${formula.operator}” never meet; give both queries the same step, or resample them`);
      }
      return items;
    }
  }
}

const hasValues = ({ values }: Item) => values.length > 0;

/** Results belong together where the labels of one are all among those of the other. */
function belong(a: Labels, b: Labels): boolean {
  const within = (small: Labels, large: Labels) => Object.entries(small).every(([name, value]) => large[name] === value);
  return within(a, b) || within(b, a);
}

function joined(a: Item, b: Item, operator: string): Item {
  const labels = { ...a.labels, ...b.labels };
  // Where one side has no value, there is none.
  const both = (x: number, y: number) => (Number.isNaN(x) || Number.isNaN(y) ? NaN : combine(operator, x, y));
  if (a.times === null && b.times === null) return { labels, times: null, values: [both(a.values[0]!, b.values[0]!)] };
  if (a.times === null) return { labels, times: b.times, values: b.values.map((value) => both(a.values[0]!, value)) };
  if (b.times === null) return { labels, times: a.times, values: a.values.map((value) => both(value, b.values[0]!)) };
  const other = new Map(b.times.map((time, i) => [time, b.values[i]!]));
  const times = a.times.filter((time) => other.has(time));
  const own = new Map(a.times.map((time, i) => [time, a.values[i]!]));
  return { labels, times, values: times.map((time) => both(own.get(time)!, other.get(time)!)) };
}
