import { fieldOf, numberFields, timeField } from '../frame';
import { displayName } from '../names';
import type { Transformer } from './transform';

/** All points as rows of time, series and value, latest first. */
export const seriesToRows: Transformer = (frames) => {
  const rows: { time: unknown; name: string; value: unknown }[] = [];
  for (const frame of frames) {
    const time = timeField(frame);
    if (time === undefined) continue;
    for (const field of numberFields(frame)) {
      const name = displayName(field, frame, frames);
      time.values.forEach((at, i) => rows.push({ time: at, name, value: field.values[i] ?? null }));
    }
  }
  rows.sort((a, b) => Number(b.time) - Number(a.time));
  const value = frames.flatMap(numberFields)[0];
  return [
    {
      refId: frames.map((frame) => frame.refId).join(','),
      name: '',
      kind: 'table',
      fields: [fieldOf('Time', 'time', rows.map((row) => row.time)), fieldOf('Metric', 'string', rows.map((row) => row.name)), fieldOf('Value', 'number', rows.map((row) => row.value), { config: { unit: value?.config.unit ?? null } })],
    },
  ];
};
