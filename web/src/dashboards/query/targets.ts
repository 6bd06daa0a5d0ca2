import { sourceOf } from '../model/dataSource';
import type { AskedSource, DataSourceRef, SourceNames } from '../model/dataSource';
import { flagOf, numberOf, objectsOf, textOf, textsOf } from '../model/json';
import type { JsonObject } from '../model/json';
import type { Panel, Target } from '../model/panel';
import type { AdHocFilter } from '../model/variable';
import { withFilters } from '../variables/adHoc';
import { interpolate, namesIn } from '../variables/interpolate';
import type { Scope } from '../variables/interpolate';
import { stepFor } from '../variables/interval';
import type { Step } from '../variables/interval';
import { builtInScope } from '../variables/scope';
import { needs } from './expressions/evaluate';
import type { Expression } from './expressions/evaluate';

interface Base {
  refId: string;
  startMs: number;
  endMs: number;
  stepMs: number;
  /** The configured data source that is asked; without it the built-in one of the kind. */
  via?: string;
}

/** A question to a data source, with nothing left to replace. Equal questions have equal answers: it is the key of the cache. */
export type Question =
  | (Base & { source: 'prometheus'; query: string; instant: boolean; range: boolean; format: 'time_series' | 'table' | 'heatmap'; legend: string; exemplar?: true })
  | (Base & { source: 'loki'; query: string; instant: boolean; limit: number; legend: string })
  | (Base & { source: 'tempo'; kind: 'search' | 'metrics' | 'trace' | 'map'; query: string; limit: number; rows: 'traces' | 'spans' })
  | (Base & { source: 'postgres'; query: string; via: string; format: 'table' | 'time_series' });

export interface Questions {
  questions: Question[];
  /** Data sources that are none of ours, by name; their targets are not asked. */
  unsupported: string[];
  /** What is worked out of the answers, in order. */
  expressions: Expression[];
  /** Queries that are asked for expressions alone, and not shown. */
  hidden: string[];
}

export interface AskContext {
  startMs: number;
  endMs: number;
  widthPx: number;
  scope: Scope;
  sources: SourceNames;
  filters: readonly AdHocFilter[];
  dashboardTitle: string;
  /** Other panels, for those that show the data of one. */
  panelById: (id: number) => Panel | undefined;
}

/** What a panel asks. */
export function questionsOf(panel: Panel, context: AskContext, depth = 0): Questions {
  const made: Questions = { questions: [], unsupported: [], expressions: [], hidden: [] };
  const panelSource = sourceOf(panel.datasource, context.sources);
  if (panelSource.kind === 'dashboard') {
    const other = context.panelById(numberOf(panel.targets[0]?.raw['panelId']) ?? -1);
    if (other === undefined || depth > 3) return { ...made, unsupported: ['another panel that is not there'] };
    return questionsOf(other, context, depth + 1);
  }
  const isExpression = (target: Target) => sourceOf(targetSource(target, panel.datasource), context.sources).kind === 'expression';
  made.expressions = panel.targets.filter(isExpression).map((target) => ({ refId: target.refId, type: textOf(target.raw['type']), raw: target.raw, formula: interpolate(textOf(target.raw['expression']), context.scope, 'raw'), hidden: target.hidden }));
  const needed = new Set(made.expressions.flatMap(needs));
  for (const target of panel.targets) {
    if (isExpression(target) || (target.hidden && !needed.has(target.refId))) continue;
    if (target.hidden) made.hidden.push(target.refId);
    const own = sourceOf(targetSource(target, panel.datasource), context.sources);
    const source = own.kind === 'mixed' ? sourceOf(null, context.sources) : own;
    if (source.kind === 'unsupported' || source.kind === 'dashboard') made.unsupported.push(source.kind === 'dashboard' ? 'another panel beside queries' : source.name);
    else {
      const question = questionOf(target, panel, source as AskedSource, context);
      if (question !== null) made.questions.push(question);
    }
  }
  return { ...made, unsupported: [...new Set(made.unsupported)] };
}

/** A target names its own data source where the panel is mixed, or where it says one. */
function targetSource(target: Target, panel: DataSourceRef | null): DataSourceRef | null {
  return target.datasource ?? panel;
}

function questionOf(target: Target, panel: Panel, source: AskedSource, context: AskContext): Question | null {
  const { raw } = target;
  const least = interpolate(textOf(raw['interval']) || textOf(raw['step']) || panel.interval || (source.least ?? ''), context.scope, 'raw');
  const step = stepFor({ rangeMs: context.endMs - context.startMs, maxDataPoints: panel.maxDataPoints ?? Math.max(100, context.widthPx), least, intervalFactor: numberOf(raw['intervalFactor']) ?? 1 });
  const scope = withStep(context, step);
  const base: Base = { refId: target.refId, startMs: context.startMs, endMs: context.endMs, stepMs: step.stepMs, ...(source.via === undefined ? {} : { via: source.via }) };
  switch (source.kind) {
    case 'prometheus': {
      const query = withFilters(interpolate(textOf(raw['expr']), scope, 'promql'), context.filters, 'promql');
      if (query.trim() === '') return null;
      const instant = flagOf(raw['instant']);
      const range = flagOf(raw['range'], !instant);
      const format = raw['format'] === 'table' || raw['format'] === 'heatmap' ? raw['format'] : 'time_series';
      // One moment is the end itself: data that has just come would lie after the last whole step.
      return { ...(range || !instant ? aligned(base) : base), source: source.kind, query, instant, range: range || !instant, format, legend: interpolate(textOf(raw['legendFormat']), scope, 'text'), ...(flagOf(raw['exemplar']) && !instant ? { exemplar: true as const } : {}) };
    }
    case 'loki': {
      const query = withFilters(interpolate(textOf(raw['expr']), scope, 'logql'), context.filters, 'logql');
      if (query.trim() === '') return null;
      const instant = raw['queryType'] === 'instant' || (raw['queryType'] === undefined && flagOf(raw['instant']));
      return { ...base, source: source.kind, query, instant, limit: numberOf(raw['maxLines']) ?? 1000, legend: interpolate(textOf(raw['legendFormat']), scope, 'text') };
    }
    case 'tempo':
      return tempoQuestion(raw, base, scope);
    case 'postgres': {
      const query = interpolate(textOf(raw['rawSql']), scope, 'sql');
      if (query.trim() === '' || source.via === undefined) return null;
      return { ...base, source: 'postgres', query, via: source.via, format: raw['format'] === 'table' ? 'table' : 'time_series' };
    }
  }
}

function withStep(context: AskContext, step: Step): Scope {
  const builtIn = builtInScope({ startMs: context.startMs, endMs: context.endMs, dashboard: context.dashboardTitle, step });
  return (name) => (name.startsWith('__') && name !== '__all_variables' ? (builtIn(name) ?? context.scope(name)) : context.scope(name));
}

/** Whole steps, so that a refresh a second later asks for the same points. */
function aligned(base: Base): Base {
  const floor = (ms: number) => Math.floor(ms / base.stepMs) * base.stepMs;
  return { ...base, startMs: floor(base.startMs), endMs: floor(base.endMs) };
}

const METRICS = /\|\s*(rate|count_over_time|min_over_time|max_over_time|avg_over_time|sum_over_time|quantile_over_time|histogram_over_time|compare)\s*\(/;

function tempoQuestion(raw: JsonObject, base: Base, scope: Scope): Question | null {
  const limit = numberOf(raw['limit']) ?? 20;
  const rows = raw['tableType'] === 'spans' ? 'spans' : 'traces';
  const text = interpolate(textOf(raw['query']), scope, 'traceql').trim();
  const made = { ...base, source: 'tempo' as const, limit, rows: rows as 'traces' | 'spans' };
  switch (raw['queryType']) {
    case 'serviceMap':
      return { ...made, kind: 'map', query: interpolate(textOf(raw['serviceMapQuery']), scope, 'promql') };
    case 'traceqlSearch':
      return { ...made, kind: 'search', query: searchQuery(raw, scope) };
    case 'nativeSearch': {
      const parts = [['resource.service.name', textOf(raw['serviceName'])], ['name', textOf(raw['spanName'])]].filter(([, value]) => value !== '').map(([key, value]) => comparison(key!, '=', [value!], false, scope));
      return { ...made, kind: 'search', query: `{${parts.join(' && ')}}` };
    }
    default:
      if (text === '') return null;
      if (/^[0-9a-f]{16,32}$/i.test(text)) return { ...made, kind: 'trace', query: text };
      return { ...made, kind: METRICS.test(text) ? 'metrics' : 'search', query: text };
  }
}

/** The filters of Grafana's search form as TraceQL. */
function searchQuery(raw: JsonObject, scope: Scope): string {
  const parts = objectsOf(raw['filters']).flatMap((filter) => {
    const values = Array.isArray(filter['value']) ? textsOf(filter['value']) : textOf(filter['value']) === '' ? [] : [textOf(filter['value'])];
    if (values.length === 0 || textOf(filter['tag']) === '') return [];
    const scopeName = textOf(filter['scope']);
    const tag = scopeName === '' || scopeName === 'intrinsic' ? (scopeName === 'intrinsic' || /^(name|status|kind|duration|traceDuration|rootName|rootServiceName)$/.test(textOf(filter['tag'])) ? textOf(filter['tag']) : `.${textOf(filter['tag'])}`) : `${scopeName}.${textOf(filter['tag'])}`;
    const bare = ['keyword', 'int', 'float', 'duration'].includes(textOf(filter['valueType'])) || ['status', 'kind', 'duration', 'traceDuration'].includes(textOf(filter['tag']));
    return [comparison(tag, textOf(filter['operator']) || '=', values, bare, scope)];
  });
  return `{${parts.join(' && ')}}`;
}

/** An attribute compared with values; several of them, and variables that may have several, are alternatives of a regular expression. */
function comparison(tag: string, operator: string, values: readonly string[], bare: boolean, scope: Scope): string {
  const several = values.length > 1 || [...namesIn(values[0]!)].some((name) => scope(name)?.multi === true);
  if (bare && !several) return `${tag}${operator}${interpolate(values[0]!, scope, 'traceql')}`;
  if (bare && values.every((value) => namesIn(value).size === 0)) return `(${values.map((value) => `${tag}${operator}${value}`).join(operator === '!=' ? ' && ' : ' || ')})`;
  const matching = several && operator === '=' ? '=~' : several && operator === '!=' ? '!~' : operator;
  const alternatives = values.map((value) => (values.length > 1 && namesIn(value).size === 0 ? value.replace(/[\\$^*{}[\]+?.()|]/g, '\\$&') : value).replace(/["\\]/g, '\\$&'));
  return `${tag}${matching}${interpolate(`"${alternatives.join('|')}"`, scope, 'traceql')}`;
}
