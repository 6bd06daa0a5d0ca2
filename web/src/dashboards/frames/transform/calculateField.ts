import { flagOf, objectOf, textOf, textsOf, isObject } from '../../model/json';
import type { Json, JsonObject } from '../../model/json';
import { fieldMatcher } from '../matchers';
import { fieldOf, lengthOf } from '../frame';
import type { DataFrame, Field } from '../frame';
import { displayName } from '../names';
import { reduceValues, reducerName } from '../reduce';
import { joinFrames } from './joinByField';
import type { Transformer } from './transform';

/** A new column out of others: of a row, of two columns, of one by a function. */
export const calculateField: Transformer = (given, options) => {
  const mode = textOf(options['mode']) || 'reduceRow';
  // Series of their own have no rows in common until they are joined by time.
  const frames = given.length > 1 && given.every((frame) => frame.fields[0]?.type === 'time') && mode !== 'index' ? joinFrames(given, null, 'outer') : given;
  return frames.map((frame) => {
    const made = calculated(frame, frames, mode, options);
    if (made === null) return frame;
    if (!flagOf(options['replaceFields'])) return { ...frame, fields: [...frame.fields, ...made] };
    return { ...frame, fields: [...frame.fields.filter((field) => field.type === 'time'), ...made] };
  });
};

function calculated(frame: DataFrame, all: readonly DataFrame[], mode: string, options: JsonObject): Field[] | null {
  const alias = textOf(options['alias']);
  const name = (field: Field) => displayName(field, frame, all);
  const find = (wanted: string) => frame.fields.find((field) => field.name === wanted || name(field) === wanted);
  const length = lengthOf(frame);
  const rows = Array.from({ length }, (_, i) => i);
  switch (mode) {
    case 'reduceRow': {
      const reduce = objectOf(options['reduce']);
      const include = textsOf(reduce['include']);
      const fields = include.length > 0 ? include.flatMap((one) => find(one) ?? []) : frame.fields.filter((field) => field.type === 'number');
      if (fields.length === 0) return null;
      const reducer = textOf(reduce['reducer']) || 'sum';
      return [numberField(alias || reducerName(reducer), rows.map((row) => reduceValues(fields.map((field) => field.values[row]), reducer)))];
    }
    case 'binary': {
      const { left, right, operator } = objectOf(options['binary']);
      const each = isObject(left) && isObject(left['matcher']) && textOf(objectOf(left['matcher'])['matcher'] ?? objectOf(left['matcher'])['id']) !== 'byName';
      const rightSide = operandOf(right, find);
      if (rightSide === null) return null;
      if (each) {
        const test = fieldMatcher({ id: textOf(objectOf(left['matcher'])['id']), options: objectOf(left['matcher'])['options'] });
        return frame.fields.filter((field) => test(field, frame, all)).map((field) => numberField(`${name(field)} ${textOf(operator)} ${rightSide.name}`, rows.map((row) => operate(field.values[row], rightSide.at(row), textOf(operator)))));
      }
      const leftSide = operandOf(left, find);
      if (leftSide === null) return null;
      return [numberField(alias || `${leftSide.name} ${textOf(operator)} ${rightSide.name}`, rows.map((row) => operate(leftSide.at(row), rightSide.at(row), textOf(operator))))];
    }
    case 'unary': {
      const { fieldName, operator } = objectOf(options['unary']);
      const field = find(textOf(fieldName));
      if (field === undefined) return null;
      return [numberField(alias || `${textOf(operator)}(${textOf(fieldName)})`, field.values.map((value) => unary(value, textOf(operator))))];
    }
    case 'index': {
      const percent = flagOf(objectOf(options['index'])['asPercentile']);
      return [fieldOf(alias || 'Row', 'number', rows.map((row) => (percent ? row / Math.max(1, length - 1) : row)), { config: percent ? { unit: 'percentunit' } : {} })];
    }
    case 'cumulativeFunctions':
    case 'windowFunctions': {
      const wanted = objectOf(options[mode === 'cumulativeFunctions' ? 'cumulative' : 'window']);
      const field = find(textOf(wanted['field']));
      if (field === undefined) return null;
      const reducer = textOf(wanted['reducer']) || (mode === 'cumulativeFunctions' ? 'sum' : 'mean');
      const size = Number(wanted['windowSize'] ?? 0.1);
      const span = wanted['windowSizeMode'] === 'fixed' ? size : Math.max(1, Math.round(size * length));
      const from = (row: number) => (mode === 'cumulativeFunctions' ? 0 : wanted['windowAlignment'] === 'centered' ? Math.max(0, row - Math.floor(span / 2)) : Math.max(0, row - span + 1));
      const to = (row: number) => (mode === 'windowFunctions' && wanted['windowAlignment'] === 'centered' ? Math.min(length, row + Math.ceil(span / 2)) : row + 1);
      return [numberField(alias || `${mode === 'cumulativeFunctions' ? 'cumulative' : 'moving'} ${reducer}(${name(field)})`, rows.map((row) => reduceValues(field.values.slice(from(row), to(row)), reducer)))];
    }
    default:
      return null;
  }
}

function numberField(name: string, values: unknown[]): Field {
  return fieldOf(name, 'number', values);
}

/** A column or a number, as old (a text) and new (an object) dashboards write it. */
function operandOf(side: Json | undefined, find: (name: string) => Field | undefined): { name: string; at: (row: number) => unknown } | null {
  const matcher = isObject(side) ? objectOf(side['matcher']) : {};
  const text = isObject(side) ? (side['fixed'] === undefined ? textOf(matcher['options']) : textOf(side['fixed'])) : textOf(side);
  const field = find(text);
  if (field !== undefined) return { name: text, at: (row) => field.values[row] };
  const fixed = Number(text);
  return text.trim() === '' || Number.isNaN(fixed) ? null : { name: text, at: () => fixed };
}

function operate(left: unknown, right: unknown, operator: string): number | null {
  if (typeof left !== 'number' || typeof right !== 'number') return null;
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? null : left / right;
    case '%':
      return right === 0 ? null : left % right;
    case '^':
    case '**':
      return left ** right;
    case '>':
      return Number(left > right);
    case '>=':
      return Number(left >= right);
    case '<':
      return Number(left < right);
    case '<=':
      return Number(left <= right);
    case '=':
    case '==':
      return Number(left === right);
    case '!=':
      return Number(left !== right);
    default:
      return null;
  }
}

function unary(value: unknown, operator: string): number | null {
  if (typeof value !== 'number') return null;
  const functions: Readonly<Record<string, (n: number) => number>> = { abs: Math.abs, exp: Math.exp, ln: Math.log, log: Math.log, floor: Math.floor, ceil: Math.ceil, round: Math.round, percent: (n) => n * 100 };
  return functions[operator]?.(value) ?? null;
}
