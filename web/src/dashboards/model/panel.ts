import { parseDataSource } from './dataSource';
import type { DataSourceRef } from './dataSource';
import { parseFieldConfig, parseLinks } from './fieldConfig';
import type { DataLink, FieldConfigSource, Matcher } from './fieldConfig';
import { flagOf, isObject, numberOf, objectOf, objectsOf, textOf } from './json';
import type { Json, JsonObject, JsonPath } from './json';
import { migratePanel } from './migratePanel';

/** In cells of a grid that is 24 wide. */
export interface GridPos {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Target {
  refId: string;
  hidden: boolean;
  datasource: DataSourceRef | null;
  /** The target as the dashboard has it, read by what asks its data source. */
  raw: JsonObject;
}

export interface Transformation {
  id: string;
  disabled: boolean;
  /** The frames that it is for; null for all. */
  filter: Matcher | null;
  options: JsonObject;
}

export interface Panel {
  /** Where it stands in the document. */
  path: JsonPath;
  id: number;
  type: PanelType;
  /** The type as the dashboard has it. */
  rawType: string;
  title: string;
  description: string;
  gridPos: GridPos;
  transparent: boolean;
  datasource: DataSourceRef | null;
  targets: Target[];
  fieldConfig: FieldConfigSource;
  options: JsonObject;
  transformations: Transformation[];
  links: DataLink[];
  repeat: string | null;
  repeatDirection: 'h' | 'v';
  maxPerRow: number;
  maxDataPoints: number | null;
  /** Least distance of points, such as `1m` or `>1m`; may hold a variable. */
  interval: string;
  /** A range of its own: how long, and by how much earlier. */
  timeFrom: string;
  timeShift: string;
  /** The name of the library panel that stands here, whose content the document does not hold. */
  libraryPanel: string | null;
  /** Rows: whether its panels are folded away, and which are inside of it. */
  collapsed: boolean;
  panels: Panel[];
}

export const PANEL_TYPES = [
  'timeseries', 'stat', 'gauge', 'bargauge', 'table', 'text', 'row', 'barchart', 'histogram', 'heatmap', 'piechart', 'state-timeline', 'status-history', 'logs', 'traces', 'nodeGraph', 'alertlist',
] as const;

/** The kinds that are shown; everything else is `unsupported` and shown by name. */
export type PanelType = (typeof PANEL_TYPES)[number] | 'unsupported';

const KNOWN: ReadonlySet<string> = new Set(PANEL_TYPES);

/** Panels of the library that an exported dashboard brings along: by uid, each with its `model`. */
export type Elements = JsonObject;

/** A panel of the library with what the document holds of it in its place; as it stands where the document has only its name. */
function fromLibrary(given: JsonObject, elements: Elements): JsonObject {
  const library = objectOf(given['libraryPanel']);
  const brought = objectOf(elements[textOf(library['uid'])])['model'] ?? library['model'];
  if (!isObject(given['libraryPanel']) || !isObject(brought)) return given;
  const { libraryPanel: _, ...own } = given;
  return { ...brought, ...own, type: brought['type'] ?? own['type'] ?? '' };
}

export function parsePanel(document: Json, path: JsonPath, elements: Elements = {}): Panel | null {
  if (!isObject(document)) return null;
  const given = fromLibrary(document, elements);
  const raw = migratePanel(given);
  const rawType = textOf(given['type']);
  const type = textOf(raw['type']);
  const library = objectOf(given['libraryPanel']);
  const pos = objectOf(raw['gridPos']);
  const width = clamp(numberOf(pos['w']) ?? 12, 1, 24);
  return {
    path,
    id: numberOf(raw['id']) ?? 0,
    type: KNOWN.has(type) ? (type as PanelType) : 'unsupported',
    rawType,
    title: textOf(raw['title']),
    description: textOf(raw['description']),
    gridPos: { x: clamp(numberOf(pos['x']) ?? 0, 0, 24 - width), y: Math.max(0, numberOf(pos['y']) ?? 0), w: width, h: type === 'row' ? 1 : clamp(numberOf(pos['h']) ?? 8, 1, 200) },
    transparent: flagOf(raw['transparent']),
    datasource: parseDataSource(raw['datasource']),
    targets: objectsOf(raw['targets']).map(parseTarget),
    fieldConfig: parseFieldConfig(raw['fieldConfig']),
    options: objectOf(raw['options']),
    transformations: objectsOf(raw['transformations']).map(parseTransformation),
    links: parseLinks(raw['links']),
    repeat: textOf(raw['repeat']) || null,
    repeatDirection: raw['repeatDirection'] === 'v' ? 'v' : 'h',
    maxPerRow: clamp(numberOf(raw['maxPerRow']) ?? 4, 1, 24),
    maxDataPoints: numberOf(raw['maxDataPoints']),
    interval: textOf(raw['interval']),
    timeFrom: textOf(raw['timeFrom']),
    timeShift: textOf(raw['timeShift']),
    libraryPanel: isObject(given['libraryPanel']) ? textOf(library['name']) || textOf(library['uid']) || 'without a name' : null,
    collapsed: flagOf(raw['collapsed']),
    panels: type === 'row' ? parsePanels(raw['panels'], [...path, 'panels'], elements) : [],
  };
}

export function parsePanels(value: unknown, path: JsonPath, elements: Elements = {}): Panel[] {
  return Array.isArray(value) ? value.flatMap((one: Json, i) => parsePanel(one, [...path, i], elements) ?? []) : [];
}

function parseTarget(raw: JsonObject, index: number): Target {
  return { refId: textOf(raw['refId']) || letter(index), hidden: flagOf(raw['hide']), datasource: parseDataSource(raw['datasource']), raw };
}

function parseTransformation(raw: JsonObject): Transformation {
  const filter = raw['filter'];
  return {
    id: textOf(raw['id']),
    disabled: flagOf(raw['disabled']),
    filter: isObject(filter) && textOf(filter['id']) !== '' ? { id: textOf(filter['id']), options: filter['options'] } : null,
    options: objectOf(raw['options']),
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.round(value)));
}

/** `A` … `Z`, `AA` …: the names of targets. */
export function letter(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : letter(Math.floor(index / 26) - 1) + letter(index % 26);
}
