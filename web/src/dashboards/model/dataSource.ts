import { isObject, textOf } from './json';

/** A data source as a panel, a target or a variable names it. */
export interface DataSourceRef {
  /** `prometheus`, `loki`, …; empty when the dashboard does not say. */
  type: string;
  /** Its id or, in old dashboards, its name; may hold a variable. Empty for the default. */
  uid: string;
}

export function parseDataSource(value: unknown): DataSourceRef | null {
  if (typeof value === 'string') return value === '' ? null : { type: '', uid: value };
  if (!isObject(value)) return null;
  const found = { type: textOf(value['type']), uid: textOf(value['uid']) };
  return found.type === '' && found.uid === '' ? null : found;
}

/** The data sources that this program is. */
export type OwnSource = 'prometheus' | 'loki' | 'tempo';

/** What stands behind a reference: one of ours, another panel's result, or something that is named as not supported. */
export type SourceKind = { kind: OwnSource } | { kind: 'mixed' } | { kind: 'dashboard' } | { kind: 'unsupported'; name: string };

/** Data sources by variable (its name → type), and by the inputs of an exported dashboard (`DS_PROMETHEUS` → type). */
export interface SourceNames {
  variables: ReadonlyMap<string, string>;
  inputs: ReadonlyMap<string, string>;
}

const OWN: Readonly<Record<string, OwnSource>> = { prometheus: 'prometheus', loki: 'loki', tempo: 'tempo' };
const VARIABLE = /^\$(?:\{(\w+)(?::\w+)?\}|(\w+))$|^\[\[(\w+)\]\]$/;

/** Types of plugins that speak PromQL to a Prometheus API. */
const PROMETHEUS_LIKE = /^(grafana-)?(amazon|azure)?-?prometheus(-datasource)?$|^victoriametrics-metrics-datasource$|^mimir$/;

export function sourceOf(ref: DataSourceRef | null, names: SourceNames): SourceKind {
  if (ref === null) return { kind: 'prometheus' };
  const variable = VARIABLE.exec(ref.uid);
  const name = variable?.[1] ?? variable?.[2] ?? variable?.[3];
  const known = name === undefined ? undefined : (names.variables.get(name) ?? names.inputs.get(name));
  if (ref.uid === '-- Mixed --') return { kind: 'mixed' };
  if (ref.uid === '-- Dashboard --') return { kind: 'dashboard' };
  const type = ref.type === '' || ref.type === 'datasource' ? (known ?? typeOfName(ref.uid)) : ref.type;
  if (Object.hasOwn(OWN, type)) return { kind: OWN[type]! };
  if (PROMETHEUS_LIKE.test(type)) return { kind: 'prometheus' };
  return { kind: 'unsupported', name: type };
}

/** Old dashboards name a data source only; the name tells what it is, else it was the default one. */
function typeOfName(name: string): string {
  if (/^(-- )?grafana( --)?$/i.test(name)) return 'grafana';
  const words = ['loki', 'tempo', 'jaeger', 'zipkin', 'elasticsearch', 'opensearch', 'influxdb', 'graphite', 'cloudwatch', 'postgres', 'mysql', 'clickhouse', 'testdata', '__expr__'];
  return words.find((word) => name.toLowerCase().includes(word)) ?? 'prometheus';
}
