import { isObject, objectOf, textOf } from '../../model/json';
import { fieldOf, numberFields, timeField } from '../frame';
import type { DataFrame } from '../frame';
import { reduceValues } from '../reduce';
import type { Transformer } from './transform';

/** For each target one table: a column for each label, and the series itself as a trend that a table draws in a cell. */
export const timeSeriesTable: Transformer = (frames, options) => {
  const made: DataFrame[] = [];
  for (const refId of new Set(frames.map((frame) => frame.refId))) {
    const series = frames.filter((frame) => frame.refId === refId && timeField(frame) !== undefined && numberFields(frame).length > 0);
    const others = frames.filter((frame) => frame.refId === refId && !series.includes(frame));
    if (series.length > 0) {
      const perTarget = isObject(options[refId]) ? objectOf(options[refId]) : options;
      const stat = textOf(perTarget['stat']) || 'lastNotNull';
      const values = series.flatMap((frame) => numberFields(frame).map((field) => ({ frame, field })));
      const labels = [...new Set(values.flatMap(({ field }) => Object.keys(field.labels)))];
      const trend = fieldOf(`Trend #${refId}`, 'frame', values.map(({ frame, field }) => ({ ...frame, fields: [timeField(frame)!, field], value: reduceValues(field.values, stat) })));
      made.push({ refId, name: '', kind: 'table', fields: [...labels.map((label) => fieldOf(label, 'string', values.map(({ field }) => field.labels[label] ?? null))), trend] });
    }
    made.push(...others);
  }
  return made;
};
