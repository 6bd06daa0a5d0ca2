import { Drawer, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { parseDataSource, sourceOf } from '../model/dataSource';
import { at, isObject, listOf, objectOf, objectsOf, textOf } from '../model/json';
import type { Json, JsonObject, JsonPath } from '../model/json';
import { letter, PANEL_TYPES } from '../model/panel';
import type { Panel } from '../model/panel';
import { useDashboardState } from '../page/DashboardContext';
import { panelTypeName } from './EditBar';
import classes from './Edit.module.css';
import { setIn } from './edits';
import { Choose, Field } from './Field';
import { SourceField } from './SourceField';
import { ValuesForm } from './ValuesForm';
import type { Draft } from './useDraft';

/** What a query is written in, by the kind of its data source, and where the document has it. */
const LANGUAGES: Readonly<Record<string, { name: string; key: string }>> = {
  prometheus: { name: 'PromQL', key: 'expr' },
  loki: { name: 'LogQL', key: 'expr' },
  tempo: { name: 'TraceQL', key: 'query' },
  postgres: { name: 'SQL', key: 'rawSql' },
  expression: { name: 'Expression', key: 'expression' },
};

interface Props {
  panel: Panel;
  draft: Draft;
  onClose: () => void;
}

/** Configures a panel: what is asked, how it is shown, or all of it as JSON. Each change is seen at once. */
export function PanelEditor({ panel, draft, onClose }: Props) {
  const [tab, setTab] = useState<'form' | 'json'>('form');
  const raw = objectOf(at(draft.dashboard.raw, panel.path));
  const set = (path: JsonPath, value: Json | undefined) => draft.edit((document) => setIn(document, [...panel.path, ...path], value));
  return (
    <Drawer opened onClose={onClose} position="right" size="min(440px, 96vw)" title={panel.title || panelTypeName(panel.type)} withOverlay={false} lockScroll={false} closeOnClickOutside={false} transitionProps={{ duration: 0 }}>
      <SegmentedControl value={tab} onChange={(value) => setTab(value as typeof tab)} data={[{ value: 'form', label: 'Options' }, { value: 'json', label: 'JSON' }]} />
      {tab === 'form' ? <Form panel={panel} raw={raw} set={set} /> : <JsonField key={panel.path.join('.')} raw={raw} onChange={(value) => set([], value)} />}
    </Drawer>
  );
}

function Form({ panel, raw, set }: { panel: Panel; raw: JsonObject; set: (path: JsonPath, value: Json | undefined) => void }) {
  const isRow = panel.type === 'row';
  const isOld = panel.rawType !== panel.type;
  const targets = objectsOf(raw['targets']);
  const { sources } = useDashboardState();
  const kindOf = (target: JsonObject) => sourceOf(parseDataSource(target['datasource'] ?? raw['datasource']), sources).kind;
  const isMixed = sourceOf(parseDataSource(raw['datasource']), sources).kind === 'mixed';
  // A query's own source is there only where the panel is mixed: else the panel's holds for all.
  const setSource = (value: JsonObject) => set([], { ...raw, datasource: value, targets: targets.map((target) => (target['datasource'] === undefined ? target : { ...target, datasource: value })) });
  return (
    <div className={classes.form}>
      <Field label="Title" value={textOf(raw['title'])} onChange={(text) => set(['title'], text)} />
      {!isRow && <Field label="Description" value={textOf(raw['description'])} onChange={(text) => set(['description'], text === '' ? undefined : text)} />}
      <Field label="Repeat for each value of the variable" value={textOf(raw['repeat'])} onChange={(text) => set(['repeat'], text === '' ? undefined : text)} />
      {!isRow && !isOld && panel.type !== 'unsupported' && (
        <label>
          Shown as
          <select value={panel.type} onChange={(event) => set(['type'], event.currentTarget.value)}>
            {PANEL_TYPES.filter((type) => type !== 'row').map((type) => (
              <option key={type} value={type}>
                {panelTypeName(type)}
              </option>
            ))}
          </select>
        </label>
      )}
      {panel.type === 'text' && <Field label="Text (Markdown)" value={textOf(objectOf(raw['options'])['content'])} rows={8} onChange={(text) => set(['options', 'content'], text)} />}
      {!isRow && panel.type !== 'text' && (
        <>
          {!isOld && <SourceField value={raw['datasource']} onChange={setSource} />}
          {targets.map((target, i) => (
            <fieldset key={i}>
              <legend>
                Query {textOf(target['refId']) || letter(i)}
                <button type="button" onClick={() => set(['targets', i], undefined)} aria-label={`Remove query ${textOf(target['refId']) || letter(i)}`}>
                  Remove
                </button>
              </legend>
              {isMixed && <SourceField value={target['datasource']} onChange={(value) => set(['targets', i, 'datasource'], value)} />}
              <Field label={LANGUAGES[kindOf(target)]?.name ?? 'Query'} value={textOf(target[LANGUAGES[kindOf(target)]?.key ?? 'expr'])} rows={kindOf(target) === 'postgres' ? 8 : 3} mono onChange={(text) => set(['targets', i, LANGUAGES[kindOf(target)]?.key ?? 'expr'], text)} />
              {kindOf(target) === 'postgres' ? (
                <Choose label="Format" value={textOf(target['format']) || 'time_series'} options={[{ value: 'time_series', text: 'Time series' }, { value: 'table', text: 'Table' }]} onChange={(format) => set(['targets', i, 'format'], format)} />
              ) : (
                <Field label="Legend" value={textOf(target['legendFormat'])} onChange={(text) => set(['targets', i, 'legendFormat'], text)} />
              )}
            </fieldset>
          ))}
          <button type="button" className={classes.plain} onClick={() => set(['targets'], [...listOf(raw['targets']), { refId: letter(targets.length), expr: '' }])}>
            Add a query
          </button>
        </>
      )}
      {isOld && <p className="dimmed">This panel is of the old kind “{panel.rawType}”, which is shown as {panelTypeName(panel.type)}. Its other options are changed as JSON.</p>}
      {!isRow && !isOld && panel.type !== 'text' && (
        <ValuesForm raw={raw} set={set} />
      )}
    </div>
  );
}

function JsonField({ raw, onChange }: { raw: JsonObject; onChange: (value: JsonObject) => void }) {
  const [typed, setTyped] = useState(() => JSON.stringify(raw, null, 2));
  const [problem, setProblem] = useState<string | null>(null);
  const take = () => {
    try {
      const value = JSON.parse(typed) as Json;
      if (!isObject(value)) throw new Error('a panel is a JSON object');
      setProblem(null);
      onChange(value);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <div className={classes.form}>
      {problem !== null && (
        <p role="alert" className={classes.bad}>
          {problem}
        </p>
      )}
      <textarea aria-label="Panel JSON" className="mono" rows={32} spellCheck={false} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
      <button type="button" className={classes.plain} onClick={take}>
        Apply
      </button>
    </div>
  );
}
