import { textOf, textsOf } from '../../model/json';
import { fieldOf } from '../frame';
import type { DataFrame, Field } from '../frame';
import { merge } from './merge';
import type { Transformer } from './transform';

/** Labels as columns, or as rows of label and value. */
export const labelsToFields: Transformer = (frames, options, scope) => {
  const keep = new Set(textsOf(options['keepLabels']));
  const wanted = (label: string) => keep.size === 0 || keep.has(label);
  if (options['mode'] === 'rows') {
    return frames.flatMap((frame) =>
      frame.fields.filter((field) => Object.keys(field.labels).length > 0).map((field): DataFrame => {
        const labels = Object.entries(field.labels).filter(([name]) => wanted(name));
        return { ...frame, kind: 'table', fields: [fieldOf('label', 'string', labels.map(([name]) => name)), fieldOf('value', 'string', labels.map(([, value]) => value))] };
      }),
    );
  }
  const valueLabel = textOf(options['valueLabel']);
  const tables = frames.map((frame): DataFrame => {
    const labels: Record<string, string> = {};
    for (const field of frame.fields) for (const [name, value] of Object.entries(field.labels)) if (wanted(name) && name !== valueLabel) labels[name] ??= value;
    const rest = frame.fields.map((field): Field => {
      const label = valueLabel === '' ? undefined : field.labels[valueLabel];
      return { ...field, name: label ?? field.name, labels: {}, config: { ...field.config, displayNameFromDS: null } };
    });
    const length = rest[0]?.values.length ?? 0;
    const columns = Object.entries(labels).filter(([name]) => name !== '__name__' || keep.has('__name__')).map(([name, value]) => fieldOf(name, 'string', new Array<unknown>(length).fill(value)));
    const firstIsTime = rest[0]?.type === 'time';
    return { ...frame, name: '', kind: 'table', fields: firstIsTime ? [rest[0]!, ...columns, ...rest.slice(1)] : [...columns, ...rest] };
  });
  return merge(tables, {}, scope);
};
