import { flagOf, isObject, numberOf, objectOf, objectsOf, textOf, textsOf } from './json';
import type { Json, JsonObject } from './json';
import { parseDataSource } from './dataSource';
import type { DataSourceRef, SourceNames } from './dataSource';
import { migrateRows } from './migrateRows';
import { parsePanels } from './panel';
import type { Panel } from './panel';
import { parseVariable } from './variable';
import type { Variable } from './variable';

export interface Annotation {
  name: string;
  enable: boolean;
  hide: boolean;
  iconColor: string;
  datasource: DataSourceRef | null;
  raw: JsonObject;
}

export interface DashboardLink {
  title: string;
  type: 'link' | 'dashboards';
  url: string;
  tooltip: string;
  tags: string[];
  asDropdown: boolean;
  keepTime: boolean;
  includeVars: boolean;
  targetBlank: boolean;
}

export interface Dashboard {
  /** The document, untouched: what is exported. Everything else here is read from it. */
  raw: JsonObject;
  uid: string;
  title: string;
  description: string;
  tags: string[];
  schemaVersion: number;
  editable: boolean;
  panels: Panel[];
  variables: Variable[];
  annotations: Annotation[];
  links: DashboardLink[];
  time: { from: string; to: string } | null;
  refresh: string;
  /** 0 each panel for itself, 1 the crosshair, 2 crosshair and tooltip over all panels. */
  graphTooltip: number;
  sources: SourceNames;
}

export type ParsedDashboard = { dashboard: Dashboard } | { error: string };

/** Reads a dashboard from the text of a file: the dashboard itself, or what Grafana's API and its exports wrap around it. */
export function parseDashboardText(text: string): ParsedDashboard {
  let document: Json;
  try {
    document = JSON.parse(text) as Json;
  } catch (error) {
    return { error: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  return parseDashboard(document);
}

export function parseDashboard(document: Json): ParsedDashboard {
  const found = unwrap(document);
  return 'error' in found ? found : { dashboard: readDashboard(found.raw) };
}

/** The dashboard within its wrappers, or why it is none. */
export function unwrap(document: Json): { raw: JsonObject } | { error: string } {
  if (!isObject(document)) return { error: 'A dashboard is a JSON object; this is something else.' };
  const version = textOf(document['apiVersion']);
  if (version.startsWith('dashboard.grafana.app/')) {
    const spec = objectOf(document['spec']);
    if (isObject(spec['elements'])) return { error: `This dashboard is in Grafana's new format (${version}). Only the classic format is read: choose it when exporting ("Export as code" → "Classic").` };
    return { raw: spec };
  }
  if (isObject(document['elements']) && isObject(document['layout'])) return { error: "This dashboard is in Grafana's new format (v2). Only the classic format is read: choose it when exporting." };
  if (isObject(document['dashboard'])) return unwrap(document['dashboard']);
  const isDashboard = Array.isArray(document['panels']) || Array.isArray(document['rows']) || document['schemaVersion'] !== undefined || isObject(document['templating']);
  if (!isDashboard) return { error: 'This JSON is no dashboard: it has neither panels nor rows.' };
  return { raw: document };
}

function readDashboard(raw: JsonObject): Dashboard {
  const variables = objectsOf(objectOf(raw['templating'])['list']).flatMap((one, i) => parseVariable(one, ['templating', 'list', i]) ?? []);
  const time = objectOf(raw['time']);
  const from = textOf(time['from']);
  const to = textOf(time['to']);
  return {
    raw,
    uid: textOf(raw['uid']),
    title: textOf(raw['title']) || 'Without a title',
    description: textOf(raw['description']),
    tags: textsOf(raw['tags']),
    schemaVersion: numberOf(raw['schemaVersion']) ?? 0,
    editable: flagOf(raw['editable'], true),
    panels: Array.isArray(raw['rows']) && !Array.isArray(raw['panels']) ? migrateRows(raw) : parsePanels(raw['panels'], ['panels'], objectOf(raw['__elements'])),
    variables,
    annotations: objectsOf(objectOf(raw['annotations'])['list']).map(parseAnnotation),
    links: objectsOf(raw['links']).map(parseLink),
    time: from === '' || to === '' ? null : { from, to },
    refresh: textOf(raw['refresh']) === 'false' ? '' : textOf(raw['refresh']),
    graphTooltip: numberOf(raw['graphTooltip']) ?? 0,
    sources: {
      variables: new Map(variables.filter((variable) => variable.type === 'datasource').map((variable) => [variable.name, variable.query])),
      inputs: new Map(objectsOf(raw['__inputs']).map((input) => [textOf(input['name']), textOf(input['pluginId'])])),
    },
  };
}

function parseAnnotation(raw: JsonObject): Annotation {
  return { name: textOf(raw['name']), enable: flagOf(raw['enable']), hide: flagOf(raw['hide']), iconColor: textOf(raw['iconColor']) || 'blue', datasource: parseDataSource(raw['datasource']), raw };
}

function parseLink(raw: JsonObject): DashboardLink {
  return {
    title: textOf(raw['title']),
    type: raw['type'] === 'dashboards' ? 'dashboards' : 'link',
    url: textOf(raw['url']),
    tooltip: textOf(raw['tooltip']),
    tags: textsOf(raw['tags']),
    asDropdown: flagOf(raw['asDropdown']),
    keepTime: flagOf(raw['keepTime']),
    includeVars: flagOf(raw['includeVars']),
    targetBlank: flagOf(raw['targetBlank']),
  };
}

/** All panels, those inside of rows too. */
export function allPanels(panels: readonly Panel[]): Panel[] {
  return panels.flatMap((panel) => [panel, ...allPanels(panel.panels)]);
}
