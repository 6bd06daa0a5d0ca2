import { textOf } from '../../model/json';
import type { Field } from '../frame';
import type { Transformer } from './transform';

/** All columns of all tables beside one another. */
export const concatenate: Transformer = (frames, options) => {
  if (frames.length < 2) return frames;
  const mode = textOf(options['frameNameMode']);
  const label = textOf(options['frameNameLabel']) || 'frame';
  const most = Math.max(...frames.map((frame) => frame.fields[0]?.values.length ?? 0));
  const fields = frames.flatMap((frame) =>
    frame.fields.map((field): Field => {
      const name = frame.name || frame.refId;
      const padded = field.values.length < most ? [...field.values, ...new Array<unknown>(most - field.values.length).fill(null)] : field.values;
      if (mode === 'drop') return { ...field, values: padded };
      if (mode === 'label') return { ...field, values: padded, labels: { ...field.labels, [label]: name } };
      return { ...field, values: padded, name: `${name} · ${field.name}` };
    }),
  );
  return [{ refId: frames.map((frame) => frame.refId).join(','), name: '', kind: 'table', fields }];
};
