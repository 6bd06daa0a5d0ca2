import { flagOf, isObject, objectOf, textOf, textsOf } from '../../model/json';
import type { FieldTest } from '../matchers';
import { fieldMatcher } from '../matchers';
import { fieldOf, typeOfValues } from '../frame';
import type { DataFrame } from '../frame';
import { displayName } from '../names';
import { reduceValues, reducerName } from '../reduce';
import type { Transformer } from './transform';

/** Each column comes to one row of calculations, or (`reduceFields`) each table to one row. */
export const reduce: Transformer = (frames, options) => {
  const reducers = textsOf(options['reducers']);
  const wanted = objectOf(options['fields']);
  const chosen: FieldTest = isObject(options['fields']) && textOf(wanted['id']) !== '' ? fieldMatcher({ id: textOf(wanted['id']), options: wanted['options'] }) : (field) => field.type === 'number' || (flagOf(options['includeTimeField']) && field.type === 'time');
  if (options['mode'] === 'reduceFields') {
    return frames.map((frame): DataFrame => ({
      ...frame,
      kind: 'table',
      fields: frame.fields.filter((field) => chosen(field, frame, frames)).flatMap((field) =>
        reducers.map((reducer) => {
          const value = reduceValues(field.values, reducer);
          const name = displayName(field, frame, frames);
          return { ...fieldOf(reducers.length > 1 ? `${name} ${reducerName(reducer)}` : name, typeOfValues([value]), [value]), config: { ...field.config, displayName: null, displayNameFromDS: null } };
        }),
      ),
    }));
  }
  const columns = frames.flatMap((frame) => frame.fields.filter((field) => chosen(field, frame, frames)).map((field) => ({ frame, field })));
  const labels = flagOf(options['labelsToFields']) ? [...new Set(columns.flatMap(({ field }) => Object.keys(field.labels)))].filter((name) => name !== '__name__') : [];
  const names = fieldOf('Field', 'string', columns.map(({ field, frame }) => displayName(field, frame, frames)));
  const rows = [
    names,
    ...labels.map((label) => fieldOf(label, 'string', columns.map(({ field }) => field.labels[label] ?? null))),
    ...reducers.map((reducer) => {
      const values = columns.map(({ field }) => reduceValues(field.values, reducer));
      return fieldOf(reducerName(reducer), typeOfValues(values), values, { config: columns[0] === undefined ? {} : { unit: columns[0].field.config.unit } });
    }),
  ];
  return [{ refId: frames[0]?.refId ?? '', name: '', kind: 'table', fields: rows }];
};
