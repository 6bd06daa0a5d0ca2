import { Drawer, SegmentedControl } from '@mantine/core';
import { useEffect, useState } from 'react';
import { at, isObject, listOf, objectOf, objectsOf, textOf } from '../model/json';
import type { Json, JsonObject, JsonPath } from '../model/json';
import { letter, PANEL_TYPES } from '../model/panel';
import type { Panel } from '../model/panel';
import { panelTypeName } from './EditBar';
import classes from './Edit.module.css';
import { setIn } from './edits';
import type { Draft } from './useDraft';

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
  const number = (text: string) => (text.trim() === '' || Number.isNaN(Number(text)) ? undefined : Number(text));
  const defaults = objectOf(objectOf(raw['fieldConfig'])['defaults']);
  const kindOf = (target: JsonObject) => textOf(objectOf(target['datasource'])['type']) || textOf(isObject(raw['datasource']) ? raw['datasource']['type'] : '') || 'prometheus';
  const queryKey = (target: JsonObject) => (kindOf(target) === 'tempo' ? 'query' : 'expr');
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
          {targets.map((target, i) => (
            <fieldset key={i}>
              <legend>
                Query {textOf(target['refId']) || letter(i)}
                <button type="button" onClick={() => set(['targets', i], undefined)} aria-label={`Remove query ${textOf(target['refId']) || letter(i)}`}>
                  Remove
                </button>
              </legend>
              <Field label={kindOf(target) === 'tempo' ? 'TraceQL' : kindOf(target) === 'loki' ? 'LogQL' : 'PromQL'} value={textOf(target[queryKey(target)])} rows={3} mono onChange={(text) => set(['targets', i, queryKey(target)], text)} />
              <Field label="Legend" value={textOf(target['legendFormat'])} onChange={(text) => set(['targets', i, 'legendFormat'], text)} />
            </fieldset>
          ))}
          <button type="button" className={classes.plain} onClick={() => set(['targets'], [...listOf(raw['targets']), { refId: letter(targets.length), expr: '' }])}>
            Add a query
          </button>
        </>
      )}
      {isOld && <p className="dimmed">This panel is of the old kind “{panel.rawType}”, which is shown as {panelTypeName(panel.type)}. Its other options are changed as JSON.</p>}
      {!isRow && !isOld && panel.type !== 'text' && (
        <fieldset>
          <legend>Values</legend>
          <Field label="Unit" value={textOf(defaults['unit'])} onChange={(text) => set(['fieldConfig', 'defaults', 'unit'], text === '' ? undefined : text)} />
          <div className={classes.pair}>
            <Field label="Least" value={textOf(defaults['min'])} onChange={(text) => set(['fieldConfig', 'defaults', 'min'], number(text))} />
            <Field label="Largest" value={textOf(defaults['max'])} onChange={(text) => set(['fieldConfig', 'defaults', 'max'], number(text))} />
            <Field label="Decimals" value={textOf(defaults['decimals'])} onChange={(text) => set(['fieldConfig', 'defaults', 'decimals'], number(text))} />
          </div>
        </fieldset>
      )}
    </div>
  );
}

/** Takes what was typed when it is left, so that no query is asked at every letter. */
function Field({ label, value, rows = 1, mono = false, onChange }: { label: string; value: string; rows?: number; mono?: boolean; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const take = () => {
    if (typed !== value) onChange(typed);
  };
  return (
    <label>
      {label}
      {rows > 1 ? (
        <textarea className={mono ? 'mono' : undefined} rows={rows} spellCheck={!mono} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} onBlur={take} onKeyDown={(event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && take()} />
      ) : (
        <input value={typed} onChange={(event) => setTyped(event.currentTarget.value)} onBlur={take} onKeyDown={(event) => event.key === 'Enter' && take()} />
      )}
    </label>
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
