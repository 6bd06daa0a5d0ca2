import { parseDataSource, sourceOf } from '../model/dataSource';
import type { OwnSource } from '../model/dataSource';
import type { Json, JsonObject } from '../model/json';
import { useDashboardState } from '../page/DashboardContext';
import { Choose } from './Field';

const OWN: readonly { kind: OwnSource; text: string }[] = [
  { kind: 'prometheus', text: 'Metrics (built in)' },
  { kind: 'loki', text: 'Logs (built in)' },
  { kind: 'tempo', text: 'Traces (built in)' },
];

/** The type by which Grafana knows a kind. */
const TYPES: Readonly<Record<string, string>> = { postgres: 'grafana-postgresql-datasource' };

/** The data source of a panel, a query or a variable: those that are built in, those that are configured, and the dashboard's variables for one. */
export function SourceField({ value, onChange }: { value: Json | undefined; onChange: (value: JsonObject) => void }) {
  const { dashboard, sources } = useDashboardState();
  const ref = parseDataSource(value);
  const found = sourceOf(ref, sources);
  const variables = dashboard.variables.filter((variable) => variable.type === 'datasource');
  const options = [
    ...OWN.map(({ kind, text }) => ({ value: kind as string, text, ref: { type: kind, uid: kind } })),
    ...(sources.configured ?? []).map((one) => ({ value: `uid ${one.uid}`, text: one.name, ref: { type: TYPES[one.kind] ?? one.kind, uid: one.uid } })),
    ...variables.map((one) => ({ value: `var ${one.name}`, text: `$${one.name}`, ref: { type: one.query, uid: `\${${one.name}}` } })),
  ];
  const variable = /^\$\{?(\w+)\}?$/.exec(ref?.uid ?? '')?.[1];
  const current =
    variable !== undefined && variables.some((one) => one.name === variable) ? `var ${variable}`
    : found.kind === 'mixed' || found.kind === 'dashboard' || found.kind === 'expression' || found.kind === 'unsupported' ? (ref?.uid ?? '')
    : found.via === undefined ? found.kind
    : `uid ${found.via}`;
  return <Choose label="Data source" value={current} options={options} onChange={(chosen) => onChange(options.find((one) => one.value === chosen)?.ref ?? { type: '', uid: chosen })} />;
}
