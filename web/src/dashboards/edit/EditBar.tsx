import { Menu } from '@mantine/core';
import { IconArrowBackUp, IconChevronDown, IconDeviceFloppy, IconHistory, IconPlus, IconSettings } from '@tabler/icons-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import controls from '../../controls/Controls.module.css';
import { PANEL_TYPES } from '../model/panel';
import type { DashboardMeta } from '../store/dashboardApi';
import { addPanel, setIn } from './edits';
import classes from './Edit.module.css';
import type { Draft } from './useDraft';

const SaveDrawer = lazy(() => import('./SaveDrawer'));
const HistoryDrawer = lazy(() => import('./HistoryDrawer'));
const SettingsDrawer = lazy(() => import('./settings/SettingsDrawer'));

const NAMES: Readonly<Record<string, string>> = {
  timeseries: 'Time series', stat: 'Stat', gauge: 'Gauge', bargauge: 'Bar gauge', table: 'Table', text: 'Text', row: 'Row', barchart: 'Bar chart', histogram: 'Histogram', heatmap: 'Heat map',
  piechart: 'Pie chart', 'state-timeline': 'State timeline', 'status-history': 'Status history', logs: 'Logs', traces: 'Traces', nodeGraph: 'Node graph', alertlist: 'Alert list',
};

export function panelTypeName(type: string): string {
  return NAMES[type] ?? type;
}

interface Props {
  saved: Draft['dashboard'];
  draft: Draft;
  meta: DashboardMeta;
  onSaved: () => void;
  onClose: () => void;
}

/** What can be done while a dashboard is edited. */
export function EditBar({ saved, draft, meta, onSaved, onClose }: Props) {
  const [open, setOpen] = useState<'save' | 'history' | 'settings' | null>(null);
  const { dashboard } = draft;
  return (
    <div className={classes.bar} role="toolbar" aria-label="Editing">
      <TitleField title={dashboard.title} onChange={(title) => draft.edit((raw) => setIn(raw, ['title'], title))} />
      <Menu position="bottom-start" offset={4} transitionProps={{ duration: 0 }}>
        <Menu.Target>
          <button type="button" className={controls.button}>
            <IconPlus size={14} stroke={1.6} aria-hidden /> Add <IconChevronDown size={13} stroke={1.6} aria-hidden />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {PANEL_TYPES.map((type) => (
            <Menu.Item key={type} onClick={() => draft.edit((raw) => addPanel(raw, type))}>
              {panelTypeName(type)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <button type="button" className={controls.button} disabled={!draft.canUndo} onClick={draft.undo}>
        <IconArrowBackUp size={14} stroke={1.6} aria-hidden /> Undo
      </button>
      <button type="button" className={controls.button} onClick={() => setOpen('settings')}>
        <IconSettings size={14} stroke={1.6} aria-hidden /> Settings
      </button>
      <button type="button" className={controls.button} onClick={() => setOpen('history')}>
        <IconHistory size={14} stroke={1.6} aria-hidden /> History
      </button>
      <span className={classes.space} />
      {draft.isChanged && (
        <button type="button" className={controls.button} onClick={draft.discard}>
          Discard changes
        </button>
      )}
      <button type="button" className={controls.button} aria-pressed={draft.isChanged} disabled={!draft.isChanged} onClick={() => setOpen('save')}>
        <IconDeviceFloppy size={14} stroke={1.6} aria-hidden /> Save
      </button>
      <button type="button" className={controls.button} onClick={onClose}>
        {draft.isChanged ? 'Look at it' : 'Done'}
      </button>
      <Suspense fallback={null}>
        {open === 'save' && <SaveDrawer saved={saved} draft={draft} version={meta.version} onSaved={onSaved} onClose={() => setOpen(null)} />}
        {open === 'settings' && <SettingsDrawer draft={draft} onClose={() => setOpen(null)} />}
        {open === 'history' && <HistoryDrawer saved={saved} meta={meta} onSaved={onSaved} onClose={() => setOpen(null)} />}
      </Suspense>
    </div>
  );
}

/** Takes the title when it is left: one step of undo, not one for each letter. An empty one is not taken. */
function TitleField({ title, onChange }: { title: string; onChange: (title: string) => void }) {
  const [typed, setTyped] = useState(title);
  useEffect(() => setTyped(title), [title]);
  const take = () => {
    if (typed.trim() === '') setTyped(title);
    else if (typed !== title) onChange(typed.trim());
  };
  return <input className={controls.input} aria-label="Title of the dashboard" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} onBlur={take} onKeyDown={(event) => event.key === 'Enter' && take()} />;
}
