import type { QuerySignal } from '../history/queryStore';

/** A dashboard's JSON, as far as adding a panel looks into it; everything else is kept as it is. */
export type DashboardJson = Record<string, unknown>;

export interface NewPanel {
  signal: QuerySignal;
  queries: readonly string[];
  title: string;
  /** How the answer is shown: lines over time, a table, log lines. */
  type: 'timeseries' | 'table' | 'logs';
}

const SOURCES: Readonly<Record<QuerySignal, string>> = { metrics: 'prometheus', logs: 'loki', traces: 'tempo' };
const WIDTH = 12;
const HEIGHT = 8;

interface Place {
  x: number;
  y: number;
  w: number;
  h: number;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function panelsOf(dashboard: DashboardJson): Record<string, unknown>[] {
  const panels = dashboard['panels'];
  return Array.isArray(panels) ? panels.filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null) : [];
}

function placeOf(panel: Record<string, unknown>): Place {
  const place = (panel['gridPos'] ?? {}) as Record<string, unknown>;
  return { x: numberOf(place['x']), y: numberOf(place['y']), w: numberOf(place['w']), h: numberOf(place['h']) };
}

/** The dashboard with one panel more, below all others, in Grafana's terms. */
export function withPanel(dashboard: DashboardJson, panel: NewPanel): DashboardJson {
  const panels = panelsOf(dashboard);
  // Panels of folded rows have ids, too.
  const ids = panels.flatMap((one) => [numberOf(one['id']), ...panelsOf(one).map((inner) => numberOf(inner['id']))]);
  const bottom = Math.max(0, ...panels.map((one) => placeOf(one).y + placeOf(one).h));
  const datasource = { type: SOURCES[panel.signal], uid: SOURCES[panel.signal] };
  const targets = panel.queries.map((query, index) => {
    const refId = String.fromCharCode(65 + index);
    if (panel.signal === 'metrics') return { refId, datasource, expr: query, ...(panel.type === 'table' ? { instant: true, range: false, format: 'table' } : { range: true }) };
    if (panel.signal === 'logs') return { refId, datasource, expr: query };
    return { refId, datasource, queryType: 'traceql', query, limit: 20, tableType: 'traces' };
  });
  const added = { id: Math.max(0, ...ids) + 1, type: panel.type, title: panel.title, gridPos: { x: 0, y: bottom, w: panel.type === 'timeseries' ? WIDTH : 2 * WIDTH, h: HEIGHT }, datasource, targets, fieldConfig: { defaults: {}, overrides: [] }, options: {} };
  return { ...dashboard, panels: [...(Array.isArray(dashboard['panels']) ? dashboard['panels'] : []), added] };
}

/** A new dashboard, still without panels. */
export function emptyDashboard(title: string): DashboardJson {
  return { title, tags: [], schemaVersion: 39, panels: [], time: { from: 'now-1h', to: 'now' } };
}
