import { isObject, listOf, objectOf, textOf, textsOf } from '../model/json';
import type { Json } from '../model/json';
import type { Matcher } from '../model/fieldConfig';
import { regexOf } from '../variables/options';
import { displayName } from './names';
import type { DataFrame, Field } from './frame';
import { reduceValues } from './reduce';

export type FieldTest = (field: Field, frame: DataFrame, all: readonly DataFrame[]) => boolean;

const never: FieldTest = () => false;

/** The test that a matcher stands for. One that is not known matches nothing. */
export function fieldMatcher({ id, options }: Matcher): FieldTest {
  switch (id) {
    case 'byName': {
      const name = textOf(options);
      return (field, frame, all) => field.name === name || displayName(field, frame, all) === name;
    }
    case 'byNames': {
      const { names, exclude } = namesOf(options);
      return (field, frame, all) => (names.has(field.name) || names.has(displayName(field, frame, all))) !== exclude;
    }
    case 'byRegexp':
    case 'byRegexpOrNames': {
      const pattern = isObject(options) ? textOf(options['pattern']) : textOf(options);
      const names = isObject(options) ? new Set(textsOf(options['names'])) : new Set<string>();
      const regex = pattern === '' ? null : regexOf(pattern);
      return (field, frame, all) => {
        const name = displayName(field, frame, all);
        return names.has(name) || names.has(field.name) || (regex !== null && (name.search(regex) >= 0 || field.name.search(regex) >= 0));
      };
    }
    case 'byType':
      return (field) => field.type === textOf(options);
    case 'byTypes':
      return (field) => textsOf(options).includes(field.type);
    case 'numeric':
      return (field) => field.type === 'number';
    case 'time':
      return (field) => field.type === 'time';
    case 'byFrameRefID':
      return (_, frame) => frame.refId === textOf(options);
    case 'byValue': {
      const { reducer, op, value } = objectOf(options);
      return (field) => field.type === 'number' && compared(reduceValues(field.values, textOf(reducer)), textOf(op), Number(value ?? 0));
    }
    default:
      return never;
  }
}

function namesOf(options: Json | undefined): { names: Set<string>; exclude: boolean } {
  if (Array.isArray(options)) return { names: new Set(textsOf(options)), exclude: false };
  const object = objectOf(options);
  return { names: new Set(textsOf(listOf(object['names']))), exclude: object['mode'] === 'exclude' };
}

function compared(left: unknown, op: string, right: number): boolean {
  if (typeof left !== 'number') return typeof left === 'boolean' ? left === (right !== 0) : false;
  switch (op) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '<':
      return left < right;
    default:
      return left <= right;
  }
}
