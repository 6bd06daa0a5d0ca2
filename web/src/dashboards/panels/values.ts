import { coloursOf } from '../../palette/palette';
import type { Scheme } from '../../theme/useScheme';
import { lengthOf, timeField } from '../frames/frame';
import type { DataFrame, Field } from '../frames/frame';
import { displayName } from '../frames/names';
import { reduceValues } from '../frames/reduce';
import { displayOf } from '../look/display';
import type { Display, Limits } from '../look/display';
import { flagOf, numberOf, objectOf, textOf, textsOf } from '../model/json';
import type { JsonObject } from '../model/json';
import { regexOf } from '../variables/options';

/** One value that a stat, a gauge or a bar shows. */
export interface ShownValue {
  name: string;
  display: Display;
  value: unknown;
  field: Field;
  frame: DataFrame;
  /** What the value was calculated from, for a sparkline; empty for a row of a table. */
  series: (number | null)[];
  limits: Limits;
}

export const MOST_VALUES = 200;

/** The values that `reduceOptions` asks for. */
export function shownValues(frames: readonly DataFrame[], options: JsonObject, scheme: Scheme, otherwise: Limits | null = null): ShownValue[] {
  const reduce = objectOf(options['reduceOptions']);
  const calcs = textsOf(reduce['calcs']);
  const pattern = textOf(reduce['fields']);
  const wanted = chosenFields(frames, pattern);
  const columns = frames.flatMap((frame) => frame.fields.filter((field) => wanted(field, frame)).map((field) => ({ frame, field })));
  const names = columns.map(({ frame, field }) => displayName(field, frame, frames));
  const colours = coloursOf(names, scheme);
  const made: ShownValue[] = [];
  columns.forEach(({ frame, field }, c) => {
    const limits = limitsOf(field, frames, otherwise);
    const show = (value: unknown, name: string, series: (number | null)[]) => {
      if (made.length >= MOST_VALUES) return;
      // Times are shown as dates: their own unit unless another is told.
      const config = field.type === 'time' && field.config.unit === null ? { ...field.config, unit: 'dateTimeAsIso' } : field.config;
      made.push({ name, value, field, frame, series, limits, display: displayOf(config, value, scheme, limits, colours[c]!) });
    };
    if (flagOf(reduce['values'])) {
      const most = Math.min(numberOf(reduce['limit']) ?? 25, lengthOf(frame));
      const label = frame.fields.find((one) => one.type === 'string');
      for (let row = 0; row < most; row++) show(field.values[row] ?? null, label === undefined || label === field ? (most > 1 ? `${names[c]} ${row + 1}` : names[c]!) : String(label.values[row] ?? ''), []);
      return;
    }
    for (const calc of calcs.length > 0 ? calcs : ['lastNotNull']) {
      const series = timeField(frame) === undefined || field.type !== 'number' ? [] : field.values.map((value) => (typeof value === 'number' && Number.isFinite(value) ? value : null));
      show(reduceValues(field.values, calc), calcs.length > 1 ? `${names[c]} ${calc}` : names[c]!, series);
    }
  });
  return made;
}

function chosenFields(frames: readonly DataFrame[], pattern: string): (field: Field, frame: DataFrame) => boolean {
  const visible = (field: Field) => objectOf(field.config.custom['hideFrom'])['viz'] !== true;
  if (pattern === '') return (field) => field.type === 'number' && visible(field);
  const regex = /^\/.*\/[a-z]*$/s.test(pattern) ? regexOf(pattern) : null;
  return (field, frame) => {
    const name = displayName(field, frame, frames);
    return visible(field) && (regex === null ? name === pattern || field.name === pattern : name.search(regex) >= 0);
  };
}

/** Least and largest where the panel names none: of a share and of per cent the whole, else of the data. */
export function limitsOf(field: Field, frames: readonly DataFrame[], otherwise: Limits | null = null): Limits {
  const { unit, min, max } = field.config;
  if (min !== null && max !== null) return { min, max };
  const natural = unit === 'percent' ? { min: 0, max: 100 } : unit === 'percentunit' ? { min: 0, max: 1 } : otherwise;
  if (natural !== null) return { min: min ?? natural.min, max: max ?? natural.max };
  let least = Infinity;
  let most = -Infinity;
  for (const frame of frames) {
    for (const one of frame.fields) {
      if (one.type !== 'number') continue;
      for (const value of one.values) {
        if (typeof value !== 'number' || !Number.isFinite(value)) continue;
        if (value < least) least = value;
        if (value > most) most = value;
      }
    }
  }
  return { min: min ?? (least === Infinity ? 0 : least), max: max ?? (most === -Infinity ? 100 : most) };
}
