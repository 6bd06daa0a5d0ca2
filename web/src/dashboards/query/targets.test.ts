import { describe, expect, it } from 'vitest';
import { parseDashboard } from '../model/dashboard';
import type { Json } from '../model/json';
import type { Panel } from '../model/panel';
import { single } from '../variables/scope';
import { exploreLink } from '../page/exploreLink';
import { runsOf } from '../page/useAnnotations';
import { panelRange } from './panelRange';
import { measures } from './usePanelExemplars';
import { questionsOf } from './targets';
import type { AskContext } from './targets';

function panelOf(panel: object): Panel {
  const parsed = parseDashboard({ panels: [{ type: 'timeseries', ...panel }] } as unknown as Json);
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed.dashboard.panels[0]!;
}

const context: AskContext = {
  startMs: 1_000_000_000,
  endMs: 1_003_600_000,
  widthPx: 500,
  scope: (name) => ({ job: { values: ['a', 'b'], texts: ['a', 'b'], multi: true }, res: single('2m'), odd: { values: ['x"y', 'z.'], texts: [], multi: true }, one: single('say "hi"') })[name],
  sources: { variables: new Map(), inputs: new Map() },
  filters: [],
  dashboardTitle: 'D',
  panelById: () => undefined,
};
const ask = (panel: object, more: Partial<AskContext> = {}) => questionsOf(panelOf(panel), { ...context, ...more });
const loki = { type: 'loki', uid: 'x' };
const tempo = { type: 'tempo', uid: 'x' };

describe('questionsOf', () => {
  it('asks PromQL at the step of range and width', () => {
    const { questions } = ask({ targets: [{ refId: 'A', expr: 'rate(x{job=~"$job"}[$__rate_interval])', legendFormat: '{{job}}' }] });
    expect(questions).toEqual([{ source: 'prometheus', refId: 'A', query: 'rate(x{job=~"(a|b)"}[1m])', instant: false, range: true, format: 'time_series', legend: '{{job}}', stepMs: 15_000, startMs: 999_990_000, endMs: 1_003_590_000 }]);
  });
  it('follows least steps, of the target before the panel', () => {
    expect(ask({ interval: '5m', targets: [{ expr: 'x[$__interval]', interval: '$res' }] }).questions[0]).toMatchObject({ query: 'x[2m]', stepMs: 120_000 });
    expect(ask({ interval: '5m', targets: [{ expr: 'x' }] }).questions[0]).toMatchObject({ stepMs: 300_000 });
    expect(ask({ maxDataPoints: 6, targets: [{ expr: 'x' }] }).questions[0]).toMatchObject({ stepMs: 600_000 });
  });
  it.each([
    [{ instant: true }, { instant: true, range: false }],
    [{ instant: true, range: true }, { instant: true, range: true }],
    [{ instant: false, range: false }, { instant: false, range: true }],
  ])('asks %o as %o', (flags, asked) => expect(ask({ targets: [{ expr: 'x', ...flags }] }).questions[0]).toMatchObject(asked));
  it('asks for one moment at the end itself, not at the last whole step', () => {
    expect(ask({ targets: [{ expr: 'x', instant: true }] }).questions[0]!.endMs).toBe(context.endMs);
  });
  it('leaves out hidden and empty targets, and names sources that are not ours', () => {
    const found = ask({ targets: [{ expr: 'x', hide: true }, { expr: ' ' }, { expr: 'y', datasource: { type: 'jaeger', uid: 'j' } }, { expr: 'z' }] });
    expect(found.questions.map((question) => question.query)).toEqual(['z']);
    expect(found.unsupported).toEqual(['jaeger']);
  });
  it('asks each target of a mixed panel at its own source', () => {
    const { questions } = ask({ datasource: { type: 'datasource', uid: '-- Mixed --' }, targets: [{ expr: 'x', datasource: { type: 'prometheus', uid: 'p' } }, { expr: '{a="b"}', datasource: loki, maxLines: 5 }] });
    expect(questions.map((question) => question.source)).toEqual(['prometheus', 'loki']);
    expect(questions[1]).toMatchObject({ limit: 5, instant: false });
  });
  it('asks what another panel asks', () => {
    const other = panelOf({ targets: [{ expr: 'other' }] });
    const own = { datasource: { type: 'datasource', uid: '-- Dashboard --' }, targets: [{ panelId: 4 }] };
    expect(ask(own, { panelById: (id) => (id === 4 ? other : undefined) }).questions[0]).toMatchObject({ query: 'other' });
    expect(ask(own).unsupported).toEqual(['another panel that is not there']);
  });
  it('does not follow panels that show each other for ever', () => {
    const circle: Panel = panelOf({ datasource: { type: 'datasource', uid: '-- Dashboard --' }, targets: [{ panelId: 1 }] });
    expect(questionsOf(circle, { ...context, panelById: () => circle }).questions).toEqual([]);
  });
  it('puts filters into the selectors', () => {
    expect(ask({ targets: [{ expr: 'sum(x)' }] }, { filters: [{ key: 'k', operator: '!=', value: 'v' }] }).questions[0]!.query).toBe('sum(x{k!="v"})');
  });
  it.each([
    [{ queryType: 'traceql', query: '{ status = error }', tableType: 'spans' }, { kind: 'search', query: '{ status = error }', rows: 'spans' }],
    [{ query: '{} | rate() by (name)' }, { kind: 'metrics' }],
    [{ query: '0123456789abcdef0123456789abcdef' }, { kind: 'trace' }],
    [{ queryType: 'serviceMap' }, { kind: 'map', query: '' }],
    [{ queryType: 'traceqlSearch', filters: [{ tag: 'service.name', scope: 'resource', operator: '=', value: ['shop'], valueType: 'string' }, { tag: 'status', scope: 'intrinsic', operator: '=', value: 'error', valueType: 'keyword' }] }, { kind: 'search', query: '{resource.service.name="shop" && status=error}' }],
    [{ queryType: 'traceqlSearch', filters: [{ tag: 'name', scope: 'span', operator: '=', value: ['a.b', 'c"d'], valueType: 'string' }] }, { query: '{span.name=~"a\\\\.b|c\\"d"}' }],
    [{ queryType: 'traceqlSearch', filters: [{ tag: 'name', scope: 'span', operator: '!=', value: '$odd', valueType: 'string' }] }, { query: '{span.name!~"(x\\"y|z\\\\.)"}' }],
    [{ queryType: 'traceqlSearch', filters: [{ tag: 'name', scope: 'span', operator: '=~', value: 'a\\.b', valueType: 'string' }] }, { query: '{span.name=~"a\\\\.b"}' }],
    [{ queryType: 'traceqlSearch', filters: [{ tag: 'status', scope: 'intrinsic', operator: '=', value: ['error', 'ok'], valueType: 'keyword' }] }, { query: '{(status=error || status=ok)}' }],
    [{ queryType: 'nativeSearch', serviceName: 'a"b', spanName: '$one' }, { query: '{resource.service.name="a\\"b" && name="say \\"hi\\""}' }],
  ])('asks Tempo: %o', (target, asked) => expect(ask({ datasource: tempo, targets: [target] }).questions[0]).toMatchObject(asked));
});

describe('exemplars', () => {
  it('are asked for where a query says so, but not at one moment', () => {
    const asked = ask({ targets: [{ expr: 'x', exemplar: true }, { expr: 'y', exemplar: true, instant: true }, { expr: 'z' }] }).questions;
    expect(asked.map((question) => 'exemplar' in question)).toEqual([true, false, false]);
  });
  it('stand at their value where the panel shows what they measure', () => {
    expect([measures('histogram_quantile(0.9, rate(a_bucket[1m]))')('a_bucket'), measures('sum(rate(a_bucket[1m]))')('a_bucket'), measures('rate(a_sum[1m]) / rate(a_count[1m])')('a_count')]).toEqual([true, false, false]);
  });
});

describe('expressions', () => {
  const expr = { type: '__expr__', uid: '__expr__' };
  it('have the queries asked that they need, hidden ones too, and no others', () => {
    const found = ask({
      datasource: { type: 'datasource', uid: '-- Mixed --' },
      targets: [
        { refId: 'A', expr: 'a', hide: true, datasource: { type: 'prometheus' } },
        { refId: 'B', expr: 'b', hide: true, datasource: { type: 'prometheus' } },
        { refId: 'C', datasource: expr, type: 'reduce', expression: 'A', reducer: 'last' },
        { refId: 'D', datasource: expr, type: 'math', expression: '$C * $res', hide: true },
      ],
    });
    expect(found.questions.map((question) => question.refId)).toEqual(['A']);
    expect(found.hidden).toEqual(['A']);
    expect(found.expressions.map(({ refId, type, formula, hidden }) => [refId, type, formula, hidden])).toEqual([['C', 'reduce', 'A', false], ['D', 'math', '$C * 2m', true]]);
    expect(found.unsupported).toEqual([]);
  });
});

describe('configured data sources', () => {
  const sources: AskContext['sources'] = {
    variables: new Map([['ds', 'prometheus']]), inputs: new Map(),
    configured: [{ uid: 'pg', name: 'Usage', kind: 'postgres', isDefault: false, timeInterval: '' }, { uid: 'st', name: 'Staging', kind: 'prometheus', isDefault: false, timeInterval: '1m' }],
    chosen: (name) => (name === 'ds' ? 'st' : undefined),
  };
  it('are asked by their uid, at their own least step', () => expect(ask({ datasource: { type: 'prometheus', uid: '${ds}' }, targets: [{ expr: 'x' }] }, { sources }).questions[0]).toMatchObject({ source: 'prometheus', via: 'st', stepMs: 60_000 }));
  it('are asked in SQL with values that stay values', () => {
    const panel = { datasource: { type: 'postgres', uid: 'pg' }, targets: [{ refId: 'B', rawSql: "SELECT $__timeGroupAlias(at, $__interval) FROM t WHERE $__timeFilter(at) AND j IN ($job) AND n = '$odd'", format: 'table' }] };
    expect(ask(panel, { sources }).questions).toEqual([{ source: 'postgres', via: 'pg', refId: 'B', format: 'table', stepMs: 15_000, startMs: context.startMs, endMs: context.endMs, query: "SELECT $__timeGroupAlias(at, 15s) FROM t WHERE $__timeFilter(at) AND j IN ('a','b') AND n = 'x\"y','z.'" }]);
  });
  it('are named where they are not there', () => expect(ask({ datasource: { type: 'postgres', uid: 'gone' }, targets: [{ rawSql: 'SELECT 1' }] }).unsupported).toEqual(['postgres “gone”']));
  it('are not opened in Explore', () => expect(exploreLink(ask({ datasource: { type: 'prometheus', uid: 'st' }, targets: [{ expr: 'x' }] }, { sources }).questions)).toBeNull());
});

describe('panelRange', () => {
  const hour = { startMs: 0, endMs: 3_600_000 };
  it('takes a range of its own and one that lies earlier', () => {
    expect(panelRange(hour, '10m', '')).toEqual({ startMs: 3_000_000, endMs: 3_600_000, note: 'last 10m' });
    expect(panelRange(hour, '', '1h')).toEqual({ startMs: -3_600_000, endMs: 0, note: '1h earlier' });
    expect(panelRange(hour, '', 'nonsense')).toEqual({ ...hour, note: '' });
  });
});

it('leads to Explore with all PromQL, or with the one other query', () => {
  const { questions } = ask({ targets: [{ expr: 'a' }, { expr: 'b' }] });
  expect(exploreLink(questions)).toMatchObject({ to: '/explore/metrics', q: ['a', 'b'] });
  expect(exploreLink(ask({ datasource: loki, targets: [{ expr: '{a="b"}' }] }).questions)).toMatchObject({ to: '/explore/logs', q: '{a="b"}' });
  expect(exploreLink([])).toBeNull();
});

it('makes events of points that follow one another', () => {
  expect(runsOf([[0, '1'], [60, '1'], [120, '0'], [180, '1'], [600, '2']], 60_000)).toEqual([[0, 60_000], [180_000, 180_000], [600_000, 600_000]]);
});
