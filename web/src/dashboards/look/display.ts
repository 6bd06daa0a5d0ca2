import type { Scheme } from '../../theme/useScheme';
import type { FieldConfig, MappingResult, Thresholds, ValueMapping } from '../model/fieldConfig';
import { regexOf } from '../variables/options';
import { colourNamed, continuousColours, mixed, thresholdAt } from './colours';
import { formatUnit, joined } from './units';

/** A value as it is shown. */
export interface Display {
  prefix: string;
  text: string;
  suffix: string;
  /** Null where the value has no colour of its own. */
  colour: string | null;
  /** Where it lies between least and largest, 0 to 1. */
  share: number;
}

export function shown(display: Display): string {
  return joined(display);
}

const BASE: Thresholds = { mode: 'absolute', steps: [{ value: -Infinity, color: 'green' }, { value: 80, color: 'red' }] };

/** Limits of the values where the field names none. */
export interface Limits {
  min: number;
  max: number;
}

/** Shows values of a field: mappings first, then the unit, with the colour that its mode gives. */
export function displayOf(config: FieldConfig, value: unknown, scheme: Scheme, limits: Limits, ownColour: string | null = null): Display {
  const number = typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
  const min = config.min ?? limits.min;
  const max = config.max ?? limits.max;
  const share = Number.isFinite(number) && max > min ? Math.min(1, Math.max(0, (number - min) / (max - min))) : 0;
  const mapping = mappingFor(config.mappings, value, number);
  const colour = mapping?.color !== undefined ? colourNamed(mapping.color, scheme) : colourOf(config, number, min, max, scheme, ownColour);
  if (mapping?.text !== undefined) return { prefix: '', text: mapping.text.replaceAll('\\n', '\n'), suffix: '', colour, share };
  if (value === null || value === undefined) return { prefix: '', text: config.noValue ?? '', suffix: '', colour, share };
  if (typeof value === 'number') return { ...formatUnit(value, config.unit, config.decimals), colour, share };
  if (typeof value === 'boolean') return { ...(config.unit === null ? { prefix: '', text: String(value), suffix: '' } : formatUnit(Number(value), config.unit, config.decimals)), colour, share };
  return { prefix: '', text: typeof value === 'object' ? JSON.stringify(value) : String(value), suffix: '', colour, share };
}

/** The colour of a number by the field's mode; `own` is the series' colour in the palette. */
export function colourOf(config: FieldConfig, value: number, min: number, max: number, scheme: Scheme, own: string | null): string | null {
  const mode = config.color?.mode ?? 'thresholds';
  if (mode === 'fixed' || mode === 'shades') return config.color?.fixedColor == null ? own : colourNamed(config.color.fixedColor, scheme);
  if (mode.startsWith('palette-')) return own;
  const row = continuousColours(mode, scheme);
  if (row !== null) return Number.isNaN(value) ? null : mixed(row, max > min ? (value - min) / (max - min) : 0);
  if (Number.isNaN(value)) return colourNamed((config.thresholds ?? BASE).steps[0]!.color, scheme);
  const thresholds = config.thresholds ?? BASE;
  return colourNamed(thresholds.steps[thresholdAt(thresholds, value, min, max)]!.color, scheme);
}

/** The first mapping that fits. */
export function mappingFor(mappings: readonly ValueMapping[], value: unknown, number: number): MappingResult | null {
  for (const mapping of mappings) {
    switch (mapping.type) {
      case 'value': {
        const key = value === null || value === undefined ? 'null' : String(value);
        if (Object.hasOwn(mapping.options, key)) return mapping.options[key]!;
        const same = Number.isFinite(number) ? Object.keys(mapping.options).find((option) => option.trim() !== '' && Number(option) === number) : undefined;
        if (same !== undefined) return mapping.options[same]!;
        break;
      }
      case 'range':
        if (value !== null && value !== undefined && number >= mapping.from && number <= mapping.to) return mapping.result;
        break;
      case 'regex': {
        const regex = regexOf(mapping.pattern);
        const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;
        if (text !== null && regex?.test(text)) return { ...mapping.result, ...(mapping.result.text === undefined ? {} : { text: text.replace(regex, mapping.result.text) }) };
        break;
      }
      case 'special':
        if (isSpecial(mapping.match, value)) return mapping.result;
        break;
    }
  }
  return null;
}

function isSpecial(match: string, value: unknown): boolean {
  const empty = value === null || value === undefined;
  const nan = typeof value === 'number' && Number.isNaN(value);
  switch (match) {
    case 'null':
      return empty;
    case 'nan':
      return nan;
    case 'null+nan':
      return empty || nan;
    case 'true':
      return value === true || value === 'true';
    case 'false':
      return value === false || value === 'false';
    case 'empty':
      return value === '';
    default:
      return false;
  }
}
