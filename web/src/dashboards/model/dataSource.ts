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

/** The data sources that this program is, and that other servers may be. */
export type OwnSource = 'prometheus' | 'loki' | 'tempo';

/** A server beside this one that its configuration names. */
export interface ConfiguredSource {
  uid: string;
  name: string;
  kind: OwnSource | 'postgres';
  isDefault: boolean;
  /** The least step that is worth asking for; empty where nobody said. */
  timeInterval: string;
}

/** What can be asked: one of ours, or the configured one of the uid `via`. */
export interface AskedSource {
  kind: OwnSource | 'postgres';
  via?: string;
  /** The least step of a configured one. */
  least?: string;
}

/** What stands behind a reference: something that can be asked, another panel's result, what is worked out of other queries, or something that is named as not there. */
export type SourceKind = AskedSource | { kind: 'expression' } | { kind: 'mixed' } | { kind: 'dashboard' } | { kind: 'unsupported'; name: string };

/** Data sources by variable (its name → type), by the inputs of an exported dashboard (`DS_PROMETHEUS` → type), and those beside ours. */
export interface SourceNames {
  variables: ReadonlyMap<string, string>;
  inputs: ReadonlyMap<string, string>;
  configured?: readonly ConfiguredSource[];
  /** What is chosen of a variable of kind "data source". */
  chosen?: (variable: string) => string | undefined;
}

const KINDS: Readonly<Record<string, AskedSource['kind']>> = { prometheus: 'prometheus', loki: 'loki', tempo: 'tempo', postgres: 'postgres', postgresql: 'postgres', 'grafana-postgresql-datasource': 'postgres' };
const VARIABLE = /^\$(?:\{(\w+)(?::\w+)?\}|(\w+))$|^\[\[(\w+)\]\]$/;

/** Types of plugins that speak PromQL to a Prometheus API. */
const PROMETHEUS_LIKE = /^(grafana-)?(amazon|azure)?-?prometheus(-datasource)?$|^victoriametrics-metrics-datasource$|^mimir$/;

/** The kind of a type as dashboards write it; undefined for those that are none of ours. */
export function kindOfType(type: string): AskedSource['kind'] | undefined {
  return Object.hasOwn(KINDS, type) ? KINDS[type] : PROMETHEUS_LIKE.test(type) ? 'prometheus' : undefined;
}

export function sourceOf(ref: DataSourceRef | null, names: SourceNames): SourceKind {
  const configured = names.configured ?? [];
  const theDefault = configured.find((one) => one.isDefault);
  if (ref === null || (ref.type === '' && ref.uid === 'default')) return theDefault === undefined ? { kind: 'prometheus' } : through(theDefault);
  if (ref.uid === '-- Mixed --') return { kind: 'mixed' };
  if (ref.uid === '-- Dashboard --') return { kind: 'dashboard' };
  const variable = VARIABLE.exec(ref.uid);
  const name = variable?.[1] ?? variable?.[2] ?? variable?.[3];
  const uid = (name === undefined ? undefined : names.chosen?.(name)) ?? ref.uid;
  const found = configured.find((one) => one.uid === uid) ?? (ref.type === '' ? configured.find((one) => one.name === uid) : undefined);
  if (found !== undefined) return through(found);
  const known = name === undefined ? undefined : (names.variables.get(name) ?? names.inputs.get(name));
  const type = ref.type === '' || ref.type === 'datasource' ? (known ?? typeOfName(ref.uid)) : ref.type;
  if (type === '__expr__' || ref.uid === '__expr__') return { kind: 'expression' };
  const kind = kindOfType(type);
  if (kind === 'postgres') {
    // An id of another server's means the only one that there is.
    const all = configured.filter((one) => one.kind === 'postgres');
    return all.length === 1 ? through(all[0]!) : { kind: 'unsupported', name: uid === '' || uid === type || name !== undefined ? type : `${type} “${uid}”` };
  }
  return kind === undefined ? { kind: 'unsupported', name: type } : { kind };
}

function through({ kind, uid, timeInterval }: ConfiguredSource): AskedSource {
  return { kind, via: uid, ...(timeInterval === '' ? {} : { least: timeInterval }) };
}

/** Old dashboards name a data source only; the name tells what it is, else it was the default one. */
function typeOfName(name: string): string {
  if (/^(-- )?grafana( --)?$/i.test(name)) return 'grafana';
  const words = ['loki', 'tempo', 'jaeger', 'zipkin', 'elasticsearch', 'opensearch', 'influxdb', 'graphite', 'cloudwatch', 'postgres', 'mysql', 'clickhouse', 'testdata', '__expr__'];
  return words.find((word) => name.toLowerCase().includes(word)) ?? 'prometheus';
}
