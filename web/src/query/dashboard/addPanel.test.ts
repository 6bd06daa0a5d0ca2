import { describe, expect, it } from 'vitest';
import { emptyDashboard, withPanel } from './addPanel';

describe('adding a panel', () => {
  it('puts it below all others with an id of its own, and keeps what it does not know', () => {
    const dashboard = { title: 'D', odd: { kept: [1] }, panels: [{ id: 3, gridPos: { x: 0, y: 0, w: 12, h: 5 } }, { id: 4, type: 'row', gridPos: { x: 0, y: 5, w: 24, h: 1 }, panels: [{ id: 9 }] }, 'strange'] };
    const next = withPanel(dashboard, { signal: 'metrics', queries: ['up', 'rate(x[5m])'], title: 'T', type: 'timeseries' });
    expect(next).toMatchObject({ title: 'D', odd: { kept: [1] } });
    const panels = next['panels'] as Record<string, unknown>[];
    expect(panels.slice(0, 3)).toEqual(dashboard.panels);
    expect(panels[3]).toMatchObject({ id: 10, type: 'timeseries', title: 'T', gridPos: { x: 0, y: 6, w: 12, h: 8 }, targets: [{ refId: 'A', expr: 'up', range: true, datasource: { type: 'prometheus' } }, { refId: 'B', expr: 'rate(x[5m])' }] });
    expect(dashboard.panels).toHaveLength(3);
  });

  it.each([
    ['logs', 'logs', { expr: 'q', datasource: { type: 'loki' } }],
    ['traces', 'table', { query: 'q', queryType: 'traceql', datasource: { type: 'tempo' } }],
    ['metrics', 'table', { expr: 'q', instant: true, format: 'table' }],
  ] as const)('asks %s for a %s panel as Grafana does', (signal, type, target) => {
    const next = withPanel(emptyDashboard('N'), { signal, queries: ['q'], title: '', type });
    expect(next['panels']).toMatchObject([{ id: 1, type, targets: [target] }]);
  });
});
