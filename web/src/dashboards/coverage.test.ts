import { describe, expect, it } from 'vitest';
import { isKnownTransformation } from './frames/transform/transform';
import { whyNotShown } from './list/contents';
import { unitRule } from './look/units';
import { UNIT_TABLE } from './look/unitTable';
import { allPanels, parseDashboard, parseDashboardText } from './model/dashboard';
import type { Dashboard } from './model/dashboard';
import { textOf } from './model/json';
import { PANEL_KINDS } from './page/PanelBody';
import { exportText } from './store/exportDashboard';
import { MISSING, publicDashboards } from './testing/publicDashboards';

const all = publicDashboards();

function read(text: string): Dashboard {
  const parsed = parseDashboardText(text);
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed.dashboard;
}

/** Panels that are not shown, with the reason, by file. Everything else in these dashboards is. */
const NOT_SHOWN: Readonly<Record<string, readonly string[]>> = {
  'otel-demo-apm-dashboard.json': ['Logs: data source grafana-opensearch-datasource', 'Traces: data source jaeger'],
  'otel-demo-demo-dashboard.json': [
    'Application Logs: data source grafana-opensearch-datasource',
    'Log Records by Severity: data source grafana-opensearch-datasource',
    'Service Dependency: data source jaeger',
  ],
};

describe.skipIf(all.length === 0)(`public dashboards${all.length === 0 ? ` (${MISSING})` : ''}`, () => {
  it('are eleven', () => expect(all.map((one) => one.name)).toHaveLength(11));

  it.each(all)('$name: every panel is shown, or named with the reason', ({ name, text }) => {
    const dashboard = read(text);
    const panels = allPanels(dashboard.panels).filter((panel) => panel.type !== 'row');
    expect(panels.length).toBeGreaterThan(0);
    const reasons = panels.flatMap((panel) => {
      const why = whyNotShown(panel, dashboard.sources);
      return why === null ? [] : [{ title: panel.title, why }];
    });
    expect(reasons.map(({ why }) => why).sort()).toEqual([...(NOT_SHOWN[name] ?? [])].map((one) => one.replace(/^.*?: /, '')).sort());
    for (const panel of panels) if (whyNotShown(panel, dashboard.sources) === null) expect(PANEL_KINDS[panel.type], panel.rawType).toBeDefined();
  });

  it.each(all)('$name: every transformation and unit is known', ({ text }) => {
    const panels = allPanels(read(text).panels);
    const unknown = panels.flatMap((panel) => panel.transformations.map((one) => one.id)).filter((id) => !isKnownTransformation(id));
    const units = panels.flatMap((panel) => [panel.fieldConfig.defaults.unit, ...panel.fieldConfig.overrides.flatMap((override) => override.properties.filter((one) => one.id === 'unit').map((one) => textOf(one.value)))]);
    expect(unknown).toEqual([]);
    expect([...new Set(units.filter((unit) => unit !== null && !Object.hasOwn(UNIT_TABLE, unit)))]).toEqual([]);
    for (const unit of units) expect(unitRule(unit)).toBeDefined();
  });

  it.each(all)('$name: comes out as it went in', ({ text, raw }) => {
    const exported = JSON.parse(exportText(read(text).raw)) as object;
    expect(exported).toEqual({ ...raw, id: null });
    expect('dashboard' in parseDashboard(exported as never)).toBe(true);
  });

  it('show 245 of 250 panels', () => {
    const panels = all.flatMap(({ text }) => {
      const dashboard = read(text);
      return allPanels(dashboard.panels).filter((panel) => panel.type !== 'row').map((panel) => whyNotShown(panel, dashboard.sources));
    });
    expect([panels.filter((why) => why === null).length, panels.length]).toEqual([245, 250]);
  });
});
