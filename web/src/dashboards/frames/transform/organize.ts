import { isObject, numberOf, objectOf, textOf } from '../../model/json';
import type { Field } from '../frame';
import { displayName } from '../names';
import { regexOf } from '../../variables/options';
import type { Transformer } from './transform';

/** Leaves columns out, orders and renames them. */
export const organize: Transformer = (frames, options) => {
  const excluded = objectOf(options['excludeByName']);
  const included = objectOf(options['includeByName']);
  const order = objectOf(options['indexByName']);
  const names = objectOf(options['renameByName']);
  const onlyIncluded = Object.values(included).some((one) => one === true);
  return frames.map((frame) => {
    const name = (field: Field) => displayName(field, frame, frames);
    const holds = (record: typeof excluded, field: Field) => record[name(field)] ?? record[field.name];
    const kept = frame.fields.filter((field) => holds(excluded, field) !== true && (!onlyIncluded || holds(included, field) === true));
    const placed = kept.map((field, i) => ({ field, at: numberOf(holds(order, field)) ?? (Object.keys(order).length > 0 ? 10_000 + i : i) })).sort((a, b) => a.at - b.at);
    return {
      ...frame,
      fields: placed.map(({ field }) => {
        const renamed = textOf(holds(names, field));
        return renamed === '' ? field : { ...field, config: { ...field.config, displayName: renamed } };
      }),
    };
  });
};

/** Renames columns by a pattern; `$1` stands for its first group. */
export const renameByRegex: Transformer = (frames, options) => {
  const pattern = textOf(options['regex']);
  const regex = pattern === '' ? null : regexOf(pattern);
  if (regex === null || !isObject(options)) return frames;
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) => {
      const name = displayName(field, frame, frames);
      const renamed = name.replace(regex, textOf(options['renamePattern']));
      return renamed === name || field.type === 'time' ? field : { ...field, config: { ...field.config, displayName: renamed } };
    }),
  }));
};
