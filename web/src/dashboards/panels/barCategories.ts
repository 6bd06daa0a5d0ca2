import type { Scheme } from '../../theme/useScheme';
import type { DataFrame, Field } from '../frames/frame';
import { displayName } from '../frames/names';
import { joinFrames } from '../frames/transform/joinByField';
import { displayOf, shown } from '../look/display';
import { objectOf } from '../model/json';
import { timeConfig } from './table/columns';

/** The column whose values stand below the bars (a text, else the time), and the numbers that become bars. Null where there are none. */
export function barCategories(frames: readonly DataFrame[], wanted: string, scheme: Scheme): { frame: DataFrame; categories: string[]; fields: Field[] } | null {
  const several = frames.length > 1 && frames.every((frame) => frame.fields[0]?.type === 'time') ? joinFrames(frames, null, 'outer') : [...frames];
  const frame = several.find((one) => one.fields.some((field) => field.type === 'number'));
  if (frame === undefined) return null;
  const x = (wanted === '' ? undefined : frame.fields.find((field) => field.name === wanted || displayName(field, frame, several) === wanted)) ?? frame.fields.find((field) => field.type === 'string') ?? frame.fields.find((field) => field.type === 'time') ?? frame.fields[0]!;
  const fields = frame.fields.filter((field) => field.type === 'number' && field !== x && objectOf(field.config.custom['hideFrom'])['viz'] !== true);
  if (fields.length === 0) return null;
  return { frame, categories: x.values.map((value) => shown(displayOf(timeConfig(x), value, scheme, { min: 0, max: 1 }))), fields };
}
