import { isObject, numberOf, objectOf, objectsOf, textOf } from '../../model/json';
import type { Json, JsonObject } from '../../model/json';
import { useDashboardState } from '../../page/DashboardContext';
import classes from '../Edit.module.css';
import { setIn } from '../edits';
import { Check, Choose, Field } from '../Field';
import { SourceField } from '../SourceField';
import type { Draft } from '../useDraft';
import { nameProblem, VARIABLES, withQuery, withType } from './lists';
import settings from './Settings.module.css';

const KINDS = [
  { value: 'query', text: 'Query' }, { value: 'custom', text: 'Custom' }, { value: 'interval', text: 'Interval' }, { value: 'datasource', text: 'Data source' },
  { value: 'textbox', text: 'Text box' }, { value: 'constant', text: 'Constant' }, { value: 'adhoc', text: 'Ad hoc filters' },
];
const SORTS = [
  { value: '0', text: 'As they come' }, { value: '1', text: 'A to Z' }, { value: '2', text: 'Z to A' }, { value: '3', text: 'By number, rising' }, { value: '4', text: 'By number, falling' },
  { value: '5', text: 'A to Z, of any case' }, { value: '6', text: 'Z to A, of any case' }, { value: '7', text: 'Natural, rising' }, { value: '8', text: 'Natural, falling' },
];
const MOST_SHOWN = 100;

/** The fields of a variable, and the values that it gives now. */
export function VariableFields({ draft, index, entry }: { draft: Draft; index: number; entry: JsonObject }) {
  const set = (key: string, value: Json | undefined) => draft.edit((raw) => setIn(raw, [...VARIABLES, index, key], value));
  const type = textOf(entry['type']) || 'query';
  const name = textOf(entry['name']);
  const problem = nameProblem(draft.dashboard.raw, index, name);
  const query = isObject(entry['query']) ? textOf(entry['query']['query']) : textOf(entry['query']);
  const has = (...types: string[]) => types.includes(type);
  return (
    <div className={classes.form}>
      {problem !== null && (
        <p role="alert" className={classes.bad}>
          {problem}
        </p>
      )}
      <div className={classes.pair}>
        <Field label="Name" value={name} onChange={(text) => set('name', text.trim())} />
        <Field label="Label" value={textOf(entry['label'])} onChange={(text) => set('label', text)} />
        <Choose label="Kind" value={type} options={KINDS} onChange={(kind) => draft.edit((raw) => setIn(raw, [...VARIABLES, index], withType(entry, kind)))} />
      </div>
      <Field label="Description" value={textOf(entry['description'])} onChange={(text) => set('description', text === '' ? undefined : text)} />
      {has('query', 'adhoc') && <SourceField value={entry['datasource']} onChange={(value) => set('datasource', value)} />}
      {has('query') && <Field label="Query: label_values(metric, label), metrics(pattern), query_result(query); SQL for PostgreSQL" value={query} rows={3} mono onChange={(text) => set('query', withQuery(entry['query'], text))} />}
      {has('custom') && <Field label="Values, with commas between; text : value where they differ" value={query} rows={3} onChange={(text) => set('query', text)} />}
      {has('interval') && <Field label="Intervals, with commas between" value={query} onChange={(text) => set('query', text)} />}
      {has('textbox', 'constant') && <Field label={has('textbox') ? 'Text at the start' : 'Value'} value={query} onChange={(text) => set('query', text)} />}
      {has('datasource') && <Choose label="Of the kind" value={query} options={['prometheus', 'loki', 'tempo', 'grafana-postgresql-datasource'].map((value) => ({ value, text: value }))} onChange={(value) => set('query', value)} />}
      {has('query', 'datasource') && <Field label={has('query') ? 'Pattern: only values that match; its group is the value' : 'Pattern of names'} value={textOf(entry['regex'])} mono onChange={(text) => set('regex', text)} />}
      {has('query') && (
        <div className={classes.pair}>
          <Choose label="Order" value={String(numberOf(entry['sort']) ?? 0)} options={SORTS} onChange={(value) => set('sort', Number(value))} />
          <Choose label="Asked" value={String(numberOf(entry['refresh']) ?? 0)} options={[{ value: '1', text: 'When it is opened' }, { value: '2', text: 'When the range changes' }]} onChange={(value) => set('refresh', Number(value))} />
        </div>
      )}
      {has('interval') && (
        <>
          <Check label="Offer auto: an interval that follows the range" checked={entry['auto'] === true} onChange={(checked) => set('auto', checked)} />
          {entry['auto'] === true && (
            <div className={classes.pair}>
              <Field label="Steps" value={textOf(entry['auto_count']) || '30'} onChange={(text) => set('auto_count', numberOf(text) ?? 30)} />
              <Field label="Least" value={textOf(entry['auto_min']) || '10s'} onChange={(text) => set('auto_min', text)} />
            </div>
          )}
        </>
      )}
      {has('query', 'custom', 'datasource') && (
        <>
          <div className={settings.checks}>
            <Check label="Several values" checked={entry['multi'] === true} onChange={(checked) => set('multi', checked)} />
            <Check label="Offer all" checked={entry['includeAll'] === true} onChange={(checked) => set('includeAll', checked)} />
          </div>
          {entry['includeAll'] === true && <Field label="What stands for all (empty: all values)" value={textOf(entry['allValue'])} mono onChange={(text) => set('allValue', text === '' ? undefined : text)} />}
        </>
      )}
      {has('adhoc') && <p className="dimmed">{objectsOf(entry['filters']).length} filters come with the dashboard; they narrow every query of its data source.</p>}
      <Choose label="Shown" value={String(numberOf(entry['hide']) ?? 0)} options={[{ value: '0', text: 'With its label' }, { value: '1', text: 'Without its label' }, { value: '2', text: 'Not at all' }]} onChange={(value) => set('hide', Number(value))} />
      <Preview name={name} />
    </div>
  );
}

function Preview({ name }: { name: string }) {
  const { resolved } = useDashboardState();
  const found = resolved.find((one) => one.variable.name === name);
  if (found === undefined) return null;
  const { options, error, variable } = found;
  if (error !== null)
    return (
      <p role="alert" className={classes.bad}>
        {error}
      </p>
    );
  if (['textbox', 'constant', 'adhoc'].includes(variable.type)) return null;
  return (
    <>
      <span className="dimmed" role="status">
        {options.length === 0 ? 'It gives no values now.' : `${options.length} ${options.length === 1 ? 'value' : 'values'}${options.length > MOST_SHOWN ? `, the first ${MOST_SHOWN}` : ''}:`}
      </span>
      <ul className={settings.preview}>
        {options.slice(0, MOST_SHOWN).map((option, i) => (
          <li key={i} title={option.value}>
            {option.text}
          </li>
        ))}
      </ul>
    </>
  );
}

/** What stands beside a variable's name in the list. */
export function variableNote(entry: JsonObject): string {
  const query = isObject(entry['query']) ? textOf(entry['query']['query']) || textOf(objectOf(entry['query'])['label']) : textOf(entry['query']);
  return [textOf(entry['type']) || 'query', query].filter((part) => part !== '').join(' · ');
}
