import { objectsOf, textOf } from '../../model/json';
import { datePattern } from '../../variables/interpolate';
import type { Field } from '../frame';
import type { Transformer } from './transform';

/** Writes times as texts. */
export const formatTime: Transformer = (frames, options) => {
  const name = textOf(options['timeField']);
  const pattern = textOf(options['outputFormat']) || 'YYYY-MM-DD HH:mm:ss';
  const utc = textOf(options['timezone']) === 'utc';
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field): Field => (field.name !== name && field.config.displayName !== name ? field : { ...field, type: 'string', values: field.values.map((value) => (typeof value === 'number' ? datePattern(new Date(value), pattern, utc) : value)) })),
  }));
};

/** Reads columns as another type. */
export const convertFieldType: Transformer = (frames, options) => {
  const conversions = new Map(objectsOf(options['conversions']).map((one) => [textOf(one['targetField']), textOf(one['destinationType'])]));
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field): Field => {
      const wanted = conversions.get(field.name) ?? conversions.get(field.config.displayName ?? '');
      return wanted === undefined ? field : converted(field, wanted);
    }),
  }));
};

function converted(field: Field, wanted: string): Field {
  const each = (type: Field['type'], read: (value: unknown) => unknown): Field => ({ ...field, type, values: field.values.map((value) => (value === null || value === undefined ? null : read(value))) });
  const number = (value: unknown) => {
    const read = Number(value);
    return Number.isNaN(read) ? null : read;
  };
  switch (wanted) {
    case 'number':
      return each('number', (value) => (String(value).trim() === '' ? null : number(value)));
    case 'string':
      return each('string', (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)));
    case 'boolean':
      return each('boolean', (value) => !['', '0', 'false'].includes(String(value).toLowerCase()));
    case 'time':
      return each('time', (value) => (typeof value === 'number' ? value : number(new Date(String(value)).getTime())));
    default:
      return field;
  }
}
