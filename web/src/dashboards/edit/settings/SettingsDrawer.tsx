import { Drawer, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { flagOf, isObject, numberOf, objectOf, textOf, textsOf } from '../../model/json';
import type { Json, JsonObject, JsonPath } from '../../model/json';
import classes from '../Edit.module.css';
import { setIn } from '../edits';
import { Check, Choose, Field } from '../Field';
import { SourceField } from '../SourceField';
import type { Draft } from '../useDraft';
import { ListEditor } from './ListEditor';
import { newVariable, VARIABLES } from './lists';
import settings from './Settings.module.css';
import { VariableFields, variableNote } from './VariableFields';

const ANNOTATIONS: JsonPath = ['annotations', 'list'];
const LINKS: JsonPath = ['links'];
const TABS = [{ value: 'general', label: 'General' }, { value: 'variables', label: 'Variables' }, { value: 'annotations', label: 'Annotations' }, { value: 'links', label: 'Links' }];
const COLOURS = ['blue', 'green', 'orange', 'red', 'purple', 'yellow'].map((value) => ({ value, text: value }));

/** What concerns the whole dashboard. Each change is seen at once and is one step of undo. */
export default function SettingsDrawer({ draft, onClose }: { draft: Draft; onClose: () => void }) {
  const [tab, setTab] = useState('general');
  return (
    <Drawer opened onClose={onClose} position="right" size="min(560px, 96vw)" title="Settings of the dashboard" withOverlay={false} lockScroll={false} closeOnClickOutside={false} transitionProps={{ duration: 0 }}>
      <SegmentedControl value={tab} onChange={setTab} data={TABS} fullWidth mb={10} />
      {tab === 'general' && <General draft={draft} />}
      {tab === 'variables' && (
        <ListEditor draft={draft} path={VARIABLES} what="variable" empty="No variables yet. One makes a dashboard of one host a dashboard of all." titleOf={(one) => textOf(one['name'])} noteOf={variableNote} make={newVariable}>
          {(entry, index) => <VariableFields key={index} draft={draft} index={index} entry={entry} />}
        </ListEditor>
      )}
      {tab === 'annotations' && (
        <ListEditor
          draft={draft} path={ANNOTATIONS} what="query of annotations" empty="No annotations yet. One marks on all charts when something happened: a deployment, an alert."
          titleOf={(one) => textOf(one['name'])} noteOf={exprOf} isFixed={(one) => one['builtIn'] === 1}
          make={() => ({ name: 'Annotations', enable: true, hide: false, iconColor: 'blue', datasource: { type: 'prometheus', uid: 'prometheus' }, expr: '', titleFormat: '' })}
        >
          {(entry, index) => <AnnotationFields key={index} entry={entry} set={(key, value) => draft.edit((raw) => setIn(raw, [...ANNOTATIONS, index, ...key], value))} />}
        </ListEditor>
      )}
      {tab === 'links' && (
        <ListEditor
          draft={draft} path={LINKS} what="link" empty="No links yet. They stand above the panels: to other dashboards by tags, or to any address."
          titleOf={(one) => textOf(one['title'])} noteOf={(one) => (one['type'] === 'dashboards' ? `dashboards with ${textsOf(one['tags']).join(', ')}` : textOf(one['url']))}
          make={() => ({ title: 'Link', type: 'link', url: '', tags: [], asDropdown: false, keepTime: true, includeVars: false, targetBlank: false, tooltip: '', icon: 'external link' })}
        >
          {(entry, index) => <LinkFields key={index} entry={entry} set={(key, value) => draft.edit((raw) => setIn(raw, [...LINKS, index, key], value))} />}
        </ListEditor>
      )}
    </Drawer>
  );
}

function General({ draft }: { draft: Draft }) {
  const { raw } = draft.dashboard;
  const set = (path: JsonPath, value: Json | undefined) => draft.edit((document) => setIn(document, path, value));
  const time = objectOf(raw['time']);
  return (
    <div className={classes.form}>
      <Field label="Title" value={textOf(raw['title'])} onChange={(text) => text.trim() !== '' && set(['title'], text.trim())} />
      <Field label="Description" value={textOf(raw['description'])} rows={3} onChange={(text) => set(['description'], text === '' ? undefined : text)} />
      <Field label="Tags, with commas between" value={textsOf(raw['tags']).join(', ')} onChange={(text) => set(['tags'], [...new Set(text.split(',').map((one) => one.trim()).filter((one) => one !== ''))])} />
      <div className={classes.pair}>
        <Field label="Range from" value={textOf(time['from']) || 'now-1h'} onChange={(text) => set(['time'], { ...time, from: text.trim() || 'now-1h', to: textOf(time['to']) || 'now' })} />
        <Field label="to" value={textOf(time['to']) || 'now'} onChange={(text) => set(['time'], { ...time, from: textOf(time['from']) || 'now-1h', to: text.trim() || 'now' })} />
        <Choose label="Refresh" value={textOf(raw['refresh'])} options={['', '5s', '10s', '30s', '1m', '5m', '15m', '1h'].map((value) => ({ value, text: value === '' ? 'off' : value }))} onChange={(value) => set(['refresh'], value)} />
      </div>
      <Choose label="Crosshair" value={String(numberOf(raw['graphTooltip']) ?? 0)} options={[{ value: '0', text: 'Of each chart' }, { value: '1', text: 'Over all charts' }, { value: '2', text: 'Over all charts, with values' }]} onChange={(value) => set(['graphTooltip'], Number(value))} />
    </div>
  );
}

function exprOf(entry: JsonObject): string {
  return textOf(entry['expr']) || textOf(objectOf(entry['target'])['expr']);
}

function AnnotationFields({ entry, set }: { entry: JsonObject; set: (path: JsonPath, value: Json | undefined) => void }) {
  const within = textOf(entry['expr']) === '' && isObject(entry['target']) && entry['target']['expr'] !== undefined;
  return (
    <div className={classes.form}>
      <Field label="Name" value={textOf(entry['name'])} onChange={(text) => set(['name'], text)} />
      <SourceField value={entry['datasource']} onChange={(value) => set(['datasource'], value)} />
      <Field label="Query: a mark where it has a value other than 0, or a line" value={exprOf(entry)} rows={3} mono onChange={(text) => set(within ? ['target', 'expr'] : ['expr'], text)} />
      <div className={classes.pair}>
        <Field label="Title, {{label}} for one" value={textOf(entry['titleFormat'])} onChange={(text) => set(['titleFormat'], text)} />
        <Choose label="Colour" value={textOf(entry['iconColor']) || 'blue'} options={COLOURS} onChange={(value) => set(['iconColor'], value)} />
      </div>
      <div className={settings.checks}>
        <Check label="Shown at the start" checked={flagOf(entry['enable'])} onChange={(checked) => set(['enable'], checked)} />
        <Check label="Without a switch above the panels" checked={flagOf(entry['hide'])} onChange={(checked) => set(['hide'], checked)} />
      </div>
    </div>
  );
}

function LinkFields({ entry, set }: { entry: JsonObject; set: (key: string, value: Json | undefined) => void }) {
  const isList = entry['type'] === 'dashboards';
  return (
    <div className={classes.form}>
      <Field label="Title" value={textOf(entry['title'])} onChange={(text) => set('title', text)} />
      <Choose label="Leads to" value={isList ? 'dashboards' : 'link'} options={[{ value: 'link', text: 'An address' }, { value: 'dashboards', text: 'Dashboards with tags' }]} onChange={(value) => set('type', value)} />
      {isList ? (
        <Field label="Tags, with commas between" value={textsOf(entry['tags']).join(', ')} onChange={(text) => set('tags', text.split(',').map((one) => one.trim()).filter((one) => one !== ''))} />
      ) : (
        <Field label="Address" value={textOf(entry['url'])} onChange={(text) => set('url', text)} />
      )}
      <Field label="Tooltip" value={textOf(entry['tooltip'])} onChange={(text) => set('tooltip', text)} />
      <div className={settings.checks}>
        {isList && <Check label="As a menu" checked={flagOf(entry['asDropdown'])} onChange={(checked) => set('asDropdown', checked)} />}
        <Check label="Keep the range" checked={flagOf(entry['keepTime'])} onChange={(checked) => set('keepTime', checked)} />
        <Check label="Keep the variables" checked={flagOf(entry['includeVars'])} onChange={(checked) => set('includeVars', checked)} />
        <Check label="In a new tab" checked={flagOf(entry['targetBlank'])} onChange={(checked) => set('targetBlank', checked)} />
      </div>
    </div>
  );
}
