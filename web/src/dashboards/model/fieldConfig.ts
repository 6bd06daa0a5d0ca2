import { flagOf, isObject, numberOf, objectOf, objectsOf, textOf } from './json';
import type { Json, JsonObject } from './json';

export interface ThresholdStep {
  /** From this value on; -Infinity for the base. */
  value: number;
  color: string;
}

export interface Thresholds {
  mode: 'absolute' | 'percentage';
  /** Ascending, the base first. */
  steps: ThresholdStep[];
}

export interface MappingResult {
  text?: string;
  color?: string;
}

export type ValueMapping =
  | { type: 'value'; options: Record<string, MappingResult> }
  | { type: 'range'; from: number; to: number; result: MappingResult }
  | { type: 'regex'; pattern: string; result: MappingResult }
  | { type: 'special'; match: string; result: MappingResult };

export interface DataLink {
  title: string;
  url: string;
  targetBlank: boolean;
}

export interface FieldColor {
  /** `palette-classic`, `thresholds`, `fixed`, `shades`, `continuous-…`. */
  mode: string;
  fixedColor: string | null;
  seriesBy: 'last' | 'min' | 'max';
}

/** How a field is shown. What a panel's options leave open is null. */
export interface FieldConfig {
  unit: string | null;
  decimals: number | null;
  min: number | null;
  max: number | null;
  displayName: string | null;
  /** The name that the data source gave, by its legend format. */
  displayNameFromDS: string | null;
  noValue: string | null;
  color: FieldColor | null;
  thresholds: Thresholds | null;
  mappings: ValueMapping[];
  links: DataLink[];
  /** What the kind of panel adds, such as `fillOpacity` or `cellOptions`. */
  custom: JsonObject;
  /** Distance of the points in milliseconds: a larger one is a gap. */
  intervalMs: number | null;
}

export interface Matcher {
  id: string;
  options: Json | undefined;
}

export interface FieldOverride {
  matcher: Matcher;
  properties: { id: string; value: Json | undefined }[];
}

export interface FieldConfigSource {
  defaults: FieldConfig;
  overrides: FieldOverride[];
}

export function emptyFieldConfig(): FieldConfig {
  return {
    unit: null,
    decimals: null,
    min: null,
    max: null,
    displayName: null,
    displayNameFromDS: null,
    noValue: null,
    color: null,
    thresholds: null,
    mappings: [],
    links: [],
    custom: {},
    intervalMs: null,
  };
}

export function parseThresholds(value: unknown): Thresholds | null {
  if (!isObject(value)) return null;
  const steps = objectsOf(value['steps']).map((step, i): ThresholdStep => ({ value: i === 0 ? -Infinity : (numberOf(step['value']) ?? -Infinity), color: textOf(step['color']) || 'green' }));
  if (steps.length === 0) return null;
  return { mode: value['mode'] === 'percentage' ? 'percentage' : 'absolute', steps: steps.sort((a, b) => a.value - b.value) };
}

export function parseColor(value: unknown): FieldColor | null {
  if (!isObject(value) || textOf(value['mode']) === '') return null;
  const seriesBy = textOf(value['seriesBy']);
  return { mode: textOf(value['mode']), fixedColor: textOf(value['fixedColor']) || null, seriesBy: seriesBy === 'min' || seriesBy === 'max' ? seriesBy : 'last' };
}

function resultOf(value: unknown): MappingResult {
  const object = objectOf(value);
  return { ...(textOf(object['text']) === '' ? {} : { text: textOf(object['text']) }), ...(textOf(object['color']) === '' ? {} : { color: textOf(object['color']) }) };
}

/** Mappings of today, and those of Grafana 7, whose type is a number. */
export function parseMappings(value: unknown): ValueMapping[] {
  return objectsOf(value).flatMap((mapping): ValueMapping[] => {
    const options = objectOf(mapping['options']);
    switch (mapping['type']) {
      case 'value':
        return [{ type: 'value', options: Object.fromEntries(Object.entries(options).map(([key, result]) => [key, resultOf(result)])) }];
      case 'range':
        return [{ type: 'range', from: numberOf(options['from']) ?? -Infinity, to: numberOf(options['to']) ?? Infinity, result: resultOf(options['result']) }];
      case 'regex':
        return [{ type: 'regex', pattern: textOf(options['pattern']), result: resultOf(options['result']) }];
      case 'special':
        return [{ type: 'special', match: textOf(options['match']), result: resultOf(options['result']) }];
      case 1:
        return [{ type: 'value', options: { [textOf(mapping['value'])]: resultOf(mapping) } }];
      case 2:
        return [{ type: 'range', from: numberOf(mapping['from']) ?? -Infinity, to: numberOf(mapping['to']) ?? Infinity, result: resultOf(mapping) }];
      default:
        return [];
    }
  });
}

export function parseLinks(value: unknown): DataLink[] {
  return objectsOf(value).map((link) => ({ title: textOf(link['title']), url: textOf(link['url']), targetBlank: flagOf(link['targetBlank']) }));
}

/** Sets one property by the id that overrides use, such as `unit` or `custom.fillOpacity`. */
export function setProperty(config: FieldConfig, id: string, value: Json | undefined): void {
  if (id.startsWith('custom.')) {
    setCustom(config.custom, id.slice('custom.'.length).split('.'), value);
    return;
  }
  switch (id) {
    case 'unit':
    case 'displayName':
    case 'noValue':
      config[id] = value === undefined || value === null ? null : textOf(value);
      break;
    case 'decimals':
    case 'min':
    case 'max':
      config[id] = numberOf(value);
      break;
    case 'color':
      config.color = parseColor(value) ?? config.color;
      break;
    case 'thresholds':
      config.thresholds = parseThresholds(value) ?? config.thresholds;
      break;
    case 'mappings':
      config.mappings = parseMappings(value);
      break;
    case 'links':
      config.links = parseLinks(value);
      break;
    default:
      // A property of a newer Grafana: kept in the document, without effect here.
      break;
  }
}

function setCustom(custom: JsonObject, [first, ...rest]: string[], value: Json | undefined): void {
  if (first === undefined) return;
  if (rest.length === 0) custom[first] = value ?? null;
  else {
    const inner = { ...objectOf(custom[first]) };
    setCustom(inner, rest, value);
    custom[first] = inner;
  }
}

const DEFAULT_IDS = ['unit', 'displayName', 'noValue', 'decimals', 'min', 'max', 'color', 'thresholds', 'mappings', 'links'];

export function parseFieldConfig(value: unknown): FieldConfigSource {
  const source = objectOf(value);
  const raw = objectOf(source['defaults']);
  const defaults = emptyFieldConfig();
  for (const id of DEFAULT_IDS) if (Object.hasOwn(raw, id)) setProperty(defaults, id, raw[id]);
  defaults.custom = { ...objectOf(raw['custom']) };
  const overrides = objectsOf(source['overrides']).map((override): FieldOverride => {
    const matcher = objectOf(override['matcher']);
    return {
      matcher: { id: textOf(matcher['id']), options: matcher['options'] },
      properties: objectsOf(override['properties']).map((property) => ({ id: textOf(property['id']), value: property['value'] })),
    };
  });
  return { defaults, overrides };
}
