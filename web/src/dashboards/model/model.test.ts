import { describe, expect, it } from 'vitest';
import sample from '../testing/sample.json';
import { allPanels, parseDashboard, parseDashboardText } from './dashboard';
import type { Dashboard } from './dashboard';
import { sourceOf } from './dataSource';
import { at, withAt } from './json';
import type { Json } from './json';
import { parsePanel } from './panel';

function read(document: unknown): Dashboard {
  const parsed = parseDashboard(document as Json);
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed.dashboard;
}

describe('parseDashboard', () => {
  const dashboard = read(sample);

  it('reads what stands in a dashboard', () => {
    expect(dashboard).toMatchObject({ uid: 'sample', title: 'Sample', tags: ['own'], time: { from: 'now-6h', to: 'now' }, refresh: '30s', graphTooltip: 1 });
    expect(allPanels(dashboard.panels).map((panel) => panel.type)).toEqual(['row', 'timeseries', 'stat', 'row', 'text', 'unsupported', 'unsupported']);
    expect(dashboard.variables.map((variable) => variable.type)).toEqual(['datasource', 'query', 'query', 'interval', 'textbox']);
  });

  it('keeps the document itself for the export', () => expect(dashboard.raw).toBe(sample));

  it('knows where each panel stands', () => {
    for (const panel of allPanels(dashboard.panels)) expect((at(sample as unknown as Json, panel.path) as { id: number }).id).toBe(panel.id);
  });

  it('names what is not supported, and library panels', () => {
    const [plan, library] = dashboard.panels.slice(-2);
    expect(plan!.rawType).toBe('canvas');
    expect(library!.libraryPanel).toBe('Shared one');
  });

  it('shows library panels that the document brings along, and keeps them as they are', () => {
    const document = {
      __elements: { lib: { uid: 'lib', name: 'Shared one', kind: 1, model: { type: 'stat', title: 'Shared', targets: [{ refId: 'A', expr: 'up' }], gridPos: { x: 9, y: 9, w: 1, h: 1 } } } },
      panels: [{ type: 'row', collapsed: true, panels: [{ id: 7, libraryPanel: { uid: 'lib', name: 'Shared one' }, gridPos: { x: 0, y: 1, w: 12, h: 4 } }] }],
    };
    const read = parseDashboard(document as unknown as Json);
    if ('error' in read) throw new Error(read.error);
    expect(allPanels(read.dashboard.panels)[1]).toMatchObject({ id: 7, type: 'stat', title: 'Shared', libraryPanel: null, gridPos: { w: 12, h: 4 }, targets: [{ raw: { expr: 'up' } }] });
    expect(read.dashboard.raw).toBe(document);
  });

  it('reads field configuration with its overrides', () => {
    const { fieldConfig } = dashboard.panels[1]!;
    expect(fieldConfig.defaults).toMatchObject({ unit: 'reqps', custom: { fillOpacity: 20 } });
    expect(fieldConfig.defaults.thresholds!.steps).toEqual([{ value: -Infinity, color: 'green' }, { value: 80, color: 'red' }]);
    expect(fieldConfig.overrides[0]!.properties.map((property) => property.id)).toEqual(['color', 'custom.transform']);
  });

  it.each([
    ['what the API wraps', { dashboard: sample, meta: {} }],
    ['what a resource wraps', { apiVersion: 'dashboard.grafana.app/v1beta1', kind: 'Dashboard', spec: sample }],
  ])('reads %s', (_, document) => expect(read(document).uid).toBe('sample'));

  it.each([
    ['{', /not JSON/],
    ['[]', /JSON object/],
    ['{"a":1}', /neither panels nor rows/],
    ['{"apiVersion":"dashboard.grafana.app/v2beta1","spec":{"elements":{}}}', /new format/],
  ])('refuses %s with the reason', (text, reason) => expect(parseDashboardText(text)).toEqual({ error: expect.stringMatching(reason) }));

  it('survives nonsense in every place', () => {
    const odd = read({ panels: [null, 3, { type: 7, gridPos: 'x', targets: {}, fieldConfig: [], options: null }], templating: { list: [1, { name: '' }] }, annotations: 5, links: 'x', time: [] });
    expect(odd.panels).toHaveLength(1);
    expect(odd.panels[0]).toMatchObject({ type: 'unsupported', gridPos: { x: 0, y: 0, w: 12, h: 8 } });
  });
});

describe('panels of old kinds', () => {
  const migrated = (raw: unknown) => parsePanel(raw as Json, ['panels', 0])!;

  it('reads graph as time series', () => {
    const panel = migrated({
      type: 'graph', stack: true, fill: 2, linewidth: 3, nullPointMode: 'connected', aliasColors: { a: '#f00' }, yaxes: [{ format: 'bytes', min: '0', logBase: 1 }, { format: 'percent' }],
      seriesOverrides: [{ alias: '/err/', yaxis: 2, transform: 'negative-Y' }], legend: { show: true, values: true, avg: true, current: true, alignAsTable: true, rightSide: true }, thresholds: [{ value: 5, colorMode: 'critical', fill: true }],
    });
    expect(panel).toMatchObject({ type: 'timeseries', rawType: 'graph', options: { legend: { displayMode: 'table', placement: 'right', calcs: ['mean', 'lastNotNull'] } } });
    expect(panel.fieldConfig.defaults).toMatchObject({ unit: 'bytes', min: 0, custom: { fillOpacity: 20, lineWidth: 3, spanNulls: true, stacking: { mode: 'normal' }, thresholdsStyle: { mode: 'line+area' } } });
    expect(panel.fieldConfig.overrides.map((one) => one.matcher.id)).toEqual(['byName', 'byRegexp']);
    expect(panel.fieldConfig.overrides[1]!.properties).toContainEqual({ id: 'unit', value: 'percent' });
  });

  it('reads singlestat as stat or gauge', () => {
    const raw = { type: 'singlestat', valueName: 'current', format: 'percentunit', colors: ['green', 'orange', 'red'], thresholds: '0.5,0.8', colorValue: true, valueMaps: [{ value: '1', text: 'up' }, { value: 'null', text: 'n/a' }], mappingType: 1 };
    expect(migrated(raw)).toMatchObject({ type: 'stat', options: { colorMode: 'value', reduceOptions: { calcs: ['lastNotNull'] } } });
    expect(migrated(raw).fieldConfig.defaults.thresholds!.steps.map((step) => step.value)).toEqual([-Infinity, 0.5, 0.8]);
    expect(migrated(raw).fieldConfig.defaults.mappings.map((mapping) => mapping.type)).toEqual(['value', 'special']);
    expect(migrated({ ...raw, gauge: { show: true, minValue: 0, maxValue: 1 } })).toMatchObject({ type: 'gauge', fieldConfig: { defaults: { min: 0, max: 1 } } });
  });

  it('reads the old table with its styles', () => {
    const panel = migrated({ type: 'table-old', transform: 'timeseries_aggregations', columns: [{ value: 'avg' }], styles: [{ pattern: 'Time', type: 'hidden' }, { pattern: '/V.*/', type: 'number', unit: 'bytes', alias: 'Size' }] });
    expect(panel.type).toBe('table');
    expect(panel.transformations[0]).toMatchObject({ id: 'reduce', options: { reducers: ['mean'] } });
    expect(panel.fieldConfig.overrides.map((one) => [one.matcher.id, one.properties.map((property) => property.id)])).toEqual([['byName', ['custom.hidden']], ['byRegexp', ['displayName', 'unit']]]);
  });

  it('lays rows of spans out on the grid', () => {
    const { panels } = read({ rows: [{ title: 'R', showTitle: true, height: '250px', panels: [{ type: 'graph', span: 6 }, { type: 'graph', span: 6 }, { type: 'text', span: 12 }] }, { title: 'S', collapse: true, panels: [{ type: 'text', span: 4 }] }] });
    expect(panels.map((panel) => [panel.type, panel.gridPos.x, panel.gridPos.y, panel.gridPos.w])).toEqual([['row', 0, 0, 24], ['timeseries', 0, 1, 12], ['timeseries', 12, 1, 12], ['text', 0, 8, 24], ['row', 0, 15, 24]]);
    expect(panels.at(-1)!.panels).toHaveLength(1);
  });
});

describe('withAt', () => {
  it('changes one place and shares the rest', () => {
    const before = { a: [{ b: 1 }, { b: 2 }], c: { d: 3 } };
    const after = withAt(before, ['a', 1, 'b'], 9) as typeof before;
    expect(after).toEqual({ a: [{ b: 1 }, { b: 9 }], c: { d: 3 } });
    expect(after.c).toBe(before.c);
    expect(after.a[0]).toBe(before.a[0]);
    expect(before.a[1]!.b).toBe(2);
  });
  it('removes keys and list items, and makes what is missing', () => {
    expect(withAt({ a: 1, b: 2 }, ['a'], undefined)).toEqual({ b: 2 });
    expect(withAt([1, 2, 3], [1], undefined)).toEqual([1, 3]);
    expect(withAt({}, ['x', 'y'], 1)).toEqual({ x: { y: 1 } });
  });
});

describe('sourceOf', () => {
  const names = { variables: new Map([['ds', 'loki']]), inputs: new Map([['DS_P', 'prometheus']]) };
  it.each([
    [null, { kind: 'prometheus' }],
    [{ type: 'tempo', uid: 'x' }, { kind: 'tempo' }],
    [{ type: '', uid: '$ds' }, { kind: 'loki' }],
    [{ type: '', uid: '${DS_P}' }, { kind: 'prometheus' }],
    [{ type: '', uid: 'My Loki' }, { kind: 'loki' }],
    [{ type: 'datasource', uid: '-- Mixed --' }, { kind: 'mixed' }],
    [{ type: 'datasource', uid: '-- Dashboard --' }, { kind: 'dashboard' }],
    [{ type: 'jaeger', uid: 'x' }, { kind: 'unsupported', name: 'jaeger' }],
    [{ type: 'grafana', uid: '-- Grafana --' }, { kind: 'unsupported', name: 'grafana' }],
  ])('of %o', (ref, kind) => expect(sourceOf(ref, names)).toEqual(kind));

  const pg = { uid: 'pg', name: 'Usage', kind: 'postgres' as const, isDefault: false, timeInterval: '' };
  const st = { uid: 'st', name: 'Staging', kind: 'prometheus' as const, isDefault: true, timeInterval: '30s' };
  it.each([
    [null, [st], { kind: 'prometheus', via: 'st', least: '30s' }],
    [{ type: '', uid: 'Usage' }, [pg], { kind: 'postgres', via: 'pg' }],
    [{ type: 'grafana-postgresql-datasource', uid: 'of-another-server' }, [pg], { kind: 'postgres', via: 'pg' }],
    [{ type: 'postgres', uid: 'x' }, [pg, { ...pg, uid: 'pg2' }], { kind: 'unsupported', name: 'postgres “x”' }],
    [{ type: 'postgres', uid: '' }, [], { kind: 'unsupported', name: 'postgres' }],
    [{ type: 'prometheus', uid: 'of-another-server' }, [st], { kind: 'prometheus' }],
    [{ type: '__expr__', uid: '__expr__' }, [st], { kind: 'expression' }],
  ])('of %o beside %o', (ref, configured, kind) => expect(sourceOf(ref, { variables: new Map(), inputs: new Map(), configured })).toEqual(kind));
});
