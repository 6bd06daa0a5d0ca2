import { coloursOf } from '../../../palette/palette';
import type { Scheme } from '../../../theme/useScheme';
import { isFrameValue } from './frameValue';
import type { DataFrame, Field } from '../../frames/frame';
import { displayName } from '../../frames/names';
import { displayOf, shown } from '../../look/display';
import type { Limits } from '../../look/display';
import { isObject, numberOf, objectOf, textOf } from '../../model/json';
import type { JsonObject } from '../../model/json';
import { limitsOf } from '../values';

export interface Column {
  key: string;
  name: string;
  field: Field;
  align: 'left' | 'center' | 'right';
  /** Fixed in pixels, or null to share what is left. */
  width: number | null;
  least: number;
  /** `auto`, `color-text`, `color-background`, `gauge`, `sparkline`, `json-view`, … */
  kind: string;
  cell: JsonObject;
  limits: Limits;
  colour: string;
  sortValues: unknown[];
}

/** The visible columns of a table, each as wide as it is told or as its content asks for. */
export function columnsOf(frame: DataFrame, all: readonly DataFrame[], width: number, scheme: Scheme): Column[] {
  const visible = frame.fields.filter((field) => field.config.custom['hidden'] !== true && objectOf(field.config.custom['hideFrom'])['viz'] !== true);
  const names = visible.map((field) => displayName(field, frame, all));
  const colours = coloursOf(names, scheme);
  return visible.map((field, i) => {
    const { custom } = field.config;
    const cell = objectOf(custom['cellOptions']);
    const kind = textOf(cell['type']) || oldKind(textOf(custom['displayMode'])) || (field.type === 'frame' ? 'sparkline' : 'auto');
    const align = textOf(custom['align']);
    const fixed = numberOf(custom['width']);
    const limits = limitsOf(field, all);
    return {
      key: `${i} ${names[i]}`,
      name: names[i]!,
      field,
      align: align === 'left' || align === 'center' || align === 'right' ? align : field.type === 'number' ? 'right' : 'left',
      width: fixed !== null && fixed > 0 ? Math.min(fixed, Math.max(80, width)) : null,
      least: kind === 'gauge' || kind === 'sparkline' ? 120 : Math.max(numberOf(custom['minWidth']) ?? 0, contentWidth(field, names[i]!, scheme, limits)),
      kind,
      cell,
      limits,
      colour: colours[i]!,
      sortValues: field.type === 'frame' ? field.values.map((value) => (isFrameValue(value) ? value.value : null)) : field.values,
    };
  });
}

/** Before `cellOptions` there was `displayMode`. */
function oldKind(mode: string): string {
  if (mode === 'basic' || mode === 'gradient-gauge' || mode === 'lcd-gauge') return 'gauge';
  return mode;
}

/** From a few of the cells, between bounds: what is longer is cut in sight, and whole on hover. */
function contentWidth(field: Field, name: string, scheme: Scheme, limits: Limits): number {
  let most = name.length + 2;
  const step = Math.max(1, Math.floor(field.values.length / 20));
  for (let i = 0; i < field.values.length; i += step) {
    const value = field.values[i];
    most = Math.max(most, isObject(value) ? 24 : shown(displayOf(timeConfig(field), value, scheme, limits)).length);
  }
  return Math.min(260, Math.max(56, most * 6.6 + 18));
}

/** Times are dates unless another unit is told. */
export function timeConfig(field: Field): Field['config'] {
  return field.type === 'time' && field.config.unit === null ? { ...field.config, unit: 'dateTimeAsIso' } : field.config;
}
