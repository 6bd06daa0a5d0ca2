import { messageOf } from '../../api/http';
import { kindOfType, sourceOf } from '../model/dataSource';
import type { AskedSource, SourceNames } from '../model/dataSource';
import { objectOf, textOf } from '../model/json';
import { ALL } from '../model/variable';
import type { AdHocFilter, Choice, Option, Variable } from '../model/variable';
import { filterFromAddress } from './adHoc';
import { interpolate, namesIn } from './interpolate';
import type { Scope, Value } from './interpolate';
import { roundInterval, writeDuration, leastInterval } from './interval';
import { chosen, customOptions, filtered, regexOf, sorted } from './options';
import type { VariableQuery } from './variableQuery';
import { lokiVariableQuery, prometheusVariableQuery, tempoVariableQuery } from './variableQuery';

/** A variable with its options and what is chosen of them. */
export interface Resolved {
  variable: Variable;
  options: Option[];
  choice: Choice;
  filters: AdHocFilter[];
  /** Why there are no options. */
  error: string | null;
}

export interface ResolveOptions {
  variables: readonly Variable[];
  sources: SourceNames;
  /** What the address says of each variable; null where it says nothing. */
  fromAddress: (name: string) => string[] | null;
  /** Built-in variables such as `__range`. */
  builtIn: Scope;
  rangeMs: number;
  ask: (source: AskedSource, query: VariableQuery) => Promise<Option[]>;
}

/** Names of the sources that this program is, by type: what a variable of kind "data source" offers. */
const SOURCE_NAMES: Readonly<Record<string, string>> = { prometheus: 'Metrics (built in)', loki: 'Logs (built in)', tempo: 'Traces (built in)' };

/** The options of all variables, each after those that its query names. Variables that wait on one another in a circle are resolved in their order. */
export async function resolveVariables(options: ResolveOptions): Promise<Resolved[]> {
  const done = new Map<string, Resolved>();
  const scope: Scope = (name) => {
    const found = done.get(name);
    return found === undefined ? options.builtIn(name) : valueOf(found);
  };
  let waiting = [...options.variables];
  while (waiting.length > 0) {
    const names = new Set(waiting.map((variable) => variable.name));
    const free = waiting.filter((variable) => [...asked(variable)].every((name) => name === variable.name || !names.has(name)));
    const next = free.length > 0 ? free : [waiting[0]!];
    const resolved = await Promise.all(next.map((variable) => resolve(variable, scope, options)));
    for (const one of resolved) done.set(one.variable.name, one);
    waiting = waiting.filter((variable) => !next.includes(variable));
  }
  return options.variables.flatMap((variable) => done.get(variable.name) ?? []);
}

/** Names that a variable's own texts ask for. */
export function asked(variable: Variable): Set<string> {
  return namesIn([variable.query, typeof variable.rawQuery === 'object' ? JSON.stringify(variable.rawQuery) : '', variable.regex, variable.datasource?.uid ?? ''].join(' '));
}

async function resolve(variable: Variable, scope: Scope, options: ResolveOptions): Promise<Resolved> {
  const made: Resolved = { variable, options: [], choice: { values: [], texts: [] }, filters: [], error: null };
  const fromAddress = variable.skipUrlSync ? null : options.fromAddress(variable.name);
  switch (variable.type) {
    case 'textbox': {
      const text = fromAddress?.[0] ?? variable.current.values[0] ?? variable.query;
      return { ...made, choice: { values: [text], texts: [text] } };
    }
    case 'constant': {
      const text = variable.query !== '' ? variable.query : (variable.current.values[0] ?? '');
      return { ...made, choice: { values: [text], texts: [text] } };
    }
    case 'switch': {
      const list = ['true', 'false'].map((value) => ({ text: value, value }));
      return { ...made, options: list, choice: chosen(variable, list, fromAddress) };
    }
    case 'adhoc':
      return { ...made, filters: fromAddress === null ? variable.filters : fromAddress.flatMap(filterFromAddress) };
    case 'custom':
      made.options = customOptions(interpolate(variable.query, scope, 'raw'));
      break;
    case 'interval':
      return intervalVariable(made, fromAddress, options.rangeMs);
    case 'datasource': {
      const kind = kindOfType(variable.query);
      const own = kind === undefined ? undefined : SOURCE_NAMES[kind];
      const pattern = regexOf(interpolate(variable.regex, scope, 'raw'));
      const others = (options.sources.configured ?? []).filter((one) => one.kind === kind && (variable.regex === '' || pattern?.test(one.name) === true));
      made.options = [...(own === undefined ? [] : [{ text: own, value: kind! }]), ...others.map((one) => ({ text: one.name, value: one.uid }))];
      if (made.options.length === 0) return { ...made, error: `There is no data source of the kind ${variable.query}.`, choice: { values: [variable.query], texts: [variable.query] } };
      // An id of another server's means the first that there is.
      const known = fromAddress?.filter((one) => made.options.some((option) => option.value === one || option.text === one)) ?? [];
      made.choice = chosen(variable, made.options, known.length > 0 ? known : null);
      return made;
    }
    case 'query':
      try {
        made.options = await queryOptions(variable, scope, options);
      } catch (error) {
        if (error instanceof DOMException && error.name === 'AbortError') throw error;
        made.error = messageOf(error);
      }
      break;
    case 'unsupported':
      made.error = `Variables of the kind ${variable.rawType} are not supported.`;
      return { ...made, choice: fromAddress === null ? variable.current : { values: fromAddress, texts: fromAddress } };
  }
  made.choice = chosen(variable, made.options, fromAddress);
  // A server that did not answer takes nothing away: what was chosen stays.
  if (made.error !== null && made.choice.values.length === 0) made.choice = variable.current;
  return made;
}

async function queryOptions(variable: Variable, scope: Scope, { sources, ask }: ResolveOptions): Promise<Option[]> {
  const source = sourceOf(variable.datasource, { ...sources, chosen: (name) => scope(name)?.values[0] });
  if (source.kind === 'unsupported') throw new Error(`The data source ${source.name} is not there.`);
  const asked: AskedSource = source.kind === 'mixed' || source.kind === 'dashboard' || source.kind === 'expression' ? { kind: 'prometheus' } : source;
  const { kind } = asked;
  const replace = (text: string) => interpolate(text, scope, kind === 'tempo' ? 'traceql' : kind === 'postgres' ? 'sql' : 'promql');
  const parsed: VariableQuery = kind === 'postgres' ? { kind: 'sql', query: variable.query || textOf(objectOf(variable.rawQuery)['rawSql']) } : kind === 'prometheus' ? prometheusVariableQuery(variable.query) : kind === 'loki' ? lokiVariableQuery(variable.rawQuery, variable.query) : tempoVariableQuery(variable.rawQuery, variable.query);
  const query = Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key, key === 'kind' ? value : replace(value)])) as VariableQuery;
  const pattern = interpolate(variable.regex, scope, 'raw');
  if (pattern !== '' && regexOf(pattern) === null) throw new Error(`The pattern ${pattern} is no regular expression.`);
  return sorted(filtered(await ask(asked, query), pattern), variable.sort);
}

function intervalVariable(made: Resolved, fromAddress: string[] | null, rangeMs: number): Resolved {
  const { variable } = made;
  const list = customOptions(variable.query);
  const auto = variable.auto;
  const options = auto === null ? list : [{ text: 'auto', value: `$__auto_interval_${variable.name}` }, ...list];
  const choice = chosen(variable, options, fromAddress?.map((one) => (one === 'auto' || one === '$__auto' ? `$__auto_interval_${variable.name}` : one)) ?? null);
  if (auto === null || !choice.values[0]?.startsWith('$__auto')) return { ...made, options, choice };
  const ms = Math.max(roundInterval(rangeMs / Math.max(1, auto.count)), leastInterval(auto.least) ?? 1);
  return { ...made, options, choice: { values: [writeDuration(ms)], texts: ['auto'] } };
}

/** What is put into texts for a variable: all its options where "all" is chosen. */
export function valueOf({ variable, options, choice }: Resolved): Value {
  const multi = variable.multi || variable.includeAll;
  if (!choice.values.includes(ALL)) return { values: choice.values, texts: choice.texts, multi };
  return { values: options.map((option) => option.value), texts: ['All'], multi, allValue: variable.allValue };
}
