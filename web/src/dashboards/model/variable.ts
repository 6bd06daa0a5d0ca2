import { parseDataSource } from './dataSource';
import type { DataSourceRef } from './dataSource';
import { flagOf, isObject, listOf, numberOf, objectsOf, objectOf, textOf, textsOf } from './json';
import type { Json, JsonPath } from './json';

export type VariableType = 'query' | 'custom' | 'interval' | 'datasource' | 'textbox' | 'constant' | 'adhoc' | 'switch' | 'unsupported';

/** What is chosen: values with the texts that stand for them. */
export interface Choice {
  values: string[];
  texts: string[];
}

export interface Option {
  text: string;
  value: string;
}

export interface Variable {
  path: JsonPath;
  name: string;
  label: string;
  description: string;
  type: VariableType;
  /** The type as the dashboard has it. */
  rawType: string;
  hide: 'no' | 'label' | 'all';
  datasource: DataSourceRef | null;
  /** What is asked for or, for custom and interval, the list of options. */
  query: string;
  /** A query that is more than its text, as Loki's and Tempo's are. */
  rawQuery: Json | undefined;
  regex: string;
  sort: number;
  multi: boolean;
  includeAll: boolean;
  allValue: string | null;
  current: Choice;
  /** 0 never, 1 when the dashboard is opened, 2 when the time range changes. */
  refresh: number;
  /** `interval`: whether `auto` is offered, into how many steps, and its least. */
  auto: { count: number; least: string } | null;
  /** `adhoc`: filters that the dashboard brings along. */
  filters: AdHocFilter[];
  skipUrlSync: boolean;
}

export interface AdHocFilter {
  key: string;
  operator: string;
  value: string;
}

/** The value that stands for all options. */
export const ALL = '$__all';

const TYPES: Readonly<Record<string, VariableType>> = {
  query: 'query',
  custom: 'custom',
  interval: 'interval',
  datasource: 'datasource',
  textbox: 'textbox',
  constant: 'constant',
  adhoc: 'adhoc',
  switch: 'switch',
};

export function parseVariable(raw: Json, path: JsonPath): Variable | null {
  if (!isObject(raw) || textOf(raw['name']) === '') return null;
  const rawType = textOf(raw['type']) || 'query';
  const hide = numberOf(raw['hide']) ?? (raw['hide'] === 'hideVariable' ? 2 : raw['hide'] === 'hideLabel' ? 1 : 0);
  const refresh = raw['refresh'];
  return {
    path,
    name: textOf(raw['name']),
    label: textOf(raw['label']),
    description: textOf(raw['description']),
    type: TYPES[rawType] ?? 'unsupported',
    rawType,
    hide: hide === 2 ? 'all' : hide === 1 ? 'label' : 'no',
    datasource: parseDataSource(raw['datasource']),
    query: queryText(raw['query']) || textOf(raw['definition']),
    rawQuery: raw['query'],
    regex: textOf(raw['regex']),
    sort: numberOf(raw['sort']) ?? 0,
    multi: flagOf(raw['multi']),
    includeAll: flagOf(raw['includeAll']),
    allValue: textOf(raw['allValue']) || null,
    current: parseChoice(raw['current']),
    refresh: refresh === true ? 1 : (numberOf(refresh) ?? 0),
    auto: raw['auto'] === true ? { count: numberOf(raw['auto_count']) ?? 30, least: textOf(raw['auto_min']) || '10s' } : null,
    filters: objectsOf(raw['filters']).map((filter) => ({ key: textOf(filter['key']), operator: textOf(filter['operator']) || '=', value: textOf(filter['value']) })),
    skipUrlSync: flagOf(raw['skipUrlSync']),
  };
}

function queryText(query: Json | undefined): string {
  return isObject(query) ? textOf(query['query']) : textOf(query);
}

function parseChoice(value: unknown): Choice {
  const current = objectOf(value);
  const many = (one: Json | undefined) => (Array.isArray(one) ? textsOf(listOf(one)) : one === undefined || one === null || one === '' ? [] : [textOf(one)]);
  const values = many(current['value']);
  const texts = many(current['text']);
  return { values, texts: values.map((text, i) => texts[i] ?? text) };
}
