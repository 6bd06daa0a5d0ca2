import { useElementSize } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { one, useUrlSearch } from '../../app/search';
import { useScheme } from '../../theme/useScheme';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { allPanels } from '../model/dashboard';
import type { Dashboard } from '../model/dashboard';
import { duplicatePanel, movePanels, removePanel, toggleRow } from '../edit/edits';
import { EditBar } from '../edit/EditBar';
import { PanelEditor } from '../edit/PanelEditor';
import { useDraft } from '../edit/useDraft';
import { sourceOf } from '../model/dataSource';
import type { ConfiguredSource } from '../model/dataSource';
import type { Panel } from '../model/panel';
import { ALL } from '../model/variable';
import { MarksContext } from '../panels/marks';
import type { DashboardMeta } from '../store/dashboardApi';
import { listDataSources } from '../store/dataSourceApi';
import { builtInScope, scopeOf } from '../variables/scope';
import { DashboardBar } from './DashboardBar';
import { DashboardProvider } from './DashboardContext';
import type { DashboardState } from './DashboardContext';
import { boxesOf, layoutOf, NARROW_PX } from './layout';
import type { Box, Placed } from './layout';
import classes from './Page.module.css';
import { PanelFrame } from './PanelFrame';
import { RowHead } from './RowHead';
import { useAnnotations } from './useAnnotations';
import { useVariables } from './useVariables';
import { VariablesBar } from './VariablesBar';

const NO_MARKS: never[] = [];
const NO_SOURCES: never[] = [];
const ALONE_MARGIN_PX = 110;

const EditGrid = lazy(() => import('../edit/EditGrid'));

interface Props {
  /** As the server keeps it. */
  saved: Dashboard;
  meta: DashboardMeta;
  onReload: () => void;
}

/** A dashboard: its bar, its variables, its panels in their places. */
export function DashboardView({ saved, meta, onReload }: Props) {
  const [search, patch] = useUrlSearch();
  const draft = useDraft(saved, meta.version);
  const { dashboard } = draft;
  // Rows of spans have no places on a grid that could be changed.
  const canEdit = meta.canSave !== false && dashboard.editable && Array.isArray(dashboard.raw['panels']);
  const editing = canEdit && one(search['edit']) === '1';
  const [configured, setConfigured] = useState<string | null>(null);
  const range = useTimeRange();
  const scheme = useScheme();
  const { ref, width } = useElementSize<HTMLDivElement>();
  const [folded, setFolded] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [switchedOff, setSwitchedOff] = useState<ReadonlySet<string>>(() => new Set(dashboard.annotations.filter((annotation) => !annotation.enable).map((annotation) => annotation.name)));
  const { data: listed, isError: withoutSources } = useQuery({ queryKey: ['data-sources'], staleTime: 300_000, queryFn: ({ signal }) => listDataSources(signal) });
  // Without the list, what is built in is there still.
  const others: readonly ConfiguredSource[] | undefined = listed ?? (withoutSources ? NO_SOURCES : undefined);
  const variables = useVariables(dashboard, others, search, range);
  const resolved = useMemo(() => variables.data ?? [], [variables.data]);
  const waiting = others === undefined || (variables.data === undefined && dashboard.variables.length > 0);

  const state = useMemo<DashboardState>(() => {
    const panels = new Map(allPanels(dashboard.panels).map((panel) => [panel.id, panel]));
    return {
      dashboard,
      resolved,
      filters: resolved.flatMap((one) => one.filters),
      builtIn: builtInScope({ startMs: range.startMs, endMs: range.endMs, dashboard: dashboard.title }),
      panelById: (id) => panels.get(id),
      sources: { ...dashboard.sources, configured: others, chosen: (name) => resolved.find((one) => one.variable.name === name)?.choice.values[0] },
    };
  }, [dashboard, resolved, range.startMs, range.endMs, others]);
  const scope = useMemo(() => scopeOf(resolved, {}, state.builtIn), [resolved, state]);
  const asked = useMemo(() => dashboard.annotations.map((annotation) => ({ ...annotation, enable: !switchedOff.has(annotation.name) })), [dashboard, switchedOff]);
  const marks = useAnnotations(waiting ? NO_MARKS : asked, state.sources, scope, range, range.tick, scheme).data ?? NO_MARKS;

  const repeatValues = useCallback(
    (name: string) => {
      const found = resolved.find((one) => one.variable.name === name);
      if (found === undefined) return null;
      if (found.choice.values.includes(ALL)) return found.options.slice(0, 100);
      return found.choice.values.map((value, i) => ({ value, text: found.choice.texts[i] ?? value }));
    },
    [resolved],
  );
  // What is edited is the document: rows are folded as it has them, and nothing stands twice.
  const isCollapsed = useCallback((key: string, row: Panel) => (editing ? row.collapsed : (folded.get(key) ?? row.collapsed)), [folded, editing]);
  const { placed } = useMemo(() => layoutOf(dashboard.panels, editing ? () => null : repeatValues, isCollapsed), [dashboard, editing, repeatValues, isCollapsed]);
  const { boxes, height } = useMemo(() => boxesOf(placed, width), [placed, width]);

  const aloneKey = one(search['viewPanel']);
  const everything = useMemo(() => (aloneKey === '' ? [] : layoutOf(dashboard.panels, repeatValues, () => false).placed), [aloneKey, dashboard, repeatValues]);
  const alone = everything.find(({ key, panel }) => key === aloneKey || String(panel.id) === aloneKey) ?? null;
  useEffect(() => {
    if (alone === null) return undefined;
    const leave = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && document.querySelector('[role="dialog"], [role="menu"], [role="listbox"]') === null) patch({ viewPanel: undefined });
    };
    window.addEventListener('keydown', leave);
    return () => window.removeEventListener('keydown', leave);
  }, [alone, patch]);

  const arranging = editing && alone === null && width >= NARROW_PX;
  const configuredPanel = editing && configured !== null ? allPanels(dashboard.panels).find((panel) => panel.path.join('.') === configured) : undefined;
  const content = (placedOne: Placed, box: Box) =>
    placedOne.panel.type === 'row' ? (
      <RowHead
        placed={placedOne}
        scope={scopeOf(resolved, placedOne.scoped, state.builtIn)}
        collapsed={isCollapsed(placedOne.key, placedOne.panel)}
        onToggle={() => (editing ? draft.edit((raw) => toggleRow(raw, placedOne.panel.path)) : setFolded((before) => new Map(before).set(placedOne.key, !isCollapsed(placedOne.key, placedOne.panel))))}
        actions={editing ? [{ label: 'Configure', run: () => setConfigured(placedOne.panel.path.join('.')) }, { label: 'Remove', run: () => draft.edit((raw) => removePanel(raw, placedOne.panel.path)) }] : []}
      />
    ) : (
      <PanelFrame
        placed={placedOne}
        box={box}
        isAlone={alone !== null}
        onView={() => patch({ viewPanel: alone !== null ? undefined : placedOne.key })}
        actions={
          editing
            ? [
                { label: 'Configure', run: () => setConfigured(placedOne.panel.path.join('.')) },
                { label: 'Duplicate', run: () => draft.edit((raw) => duplicatePanel(raw, placedOne.panel.path)) },
                {
                  label: 'Remove',
                  run: () => {
                    setConfigured(null);
                    draft.edit((raw) => removePanel(raw, placedOne.panel.path));
                  },
                },
              ]
            : []
        }
      />
    );

  const setVariable = (name: string, values: string[]) => patch({ [`var-${name}`]: values.length === 0 ? '' : values });
  const shown: { placed: Placed; box: Box }[] =
    width === 0 || waiting ? []
    : alone !== null ? [{ placed: alone, box: { left: 0, top: 0, width, height: Math.max(320, window.innerHeight - ALONE_MARGIN_PX - 44) } }]
    : placed.map((one) => ({ placed: one, box: boxes.get(one.key)! }));

  return (
    <DashboardProvider value={state}>
      <MarksContext.Provider value={marks}>
        <div className={classes.page} data-gutter>
          <DashboardBar dashboard={dashboard} meta={meta} scope={scope} isAlone={alone !== null} onBack={() => patch({ viewPanel: undefined })} edit={canEdit ? { isOn: editing, isChanged: draft.isChanged, start: () => patch({ edit: '1', viewPanel: undefined }) } : null} annotations={{ all: asked.filter((one) => !one.hide && one.raw['builtIn'] !== 1 && ['prometheus', 'loki'].includes(sourceOf(one.datasource, state.sources).kind)), toggle: (name) => setSwitchedOff((before) => toggled(before, name)) }} />
          {editing && <EditBar saved={saved} draft={draft} meta={meta} onSaved={onReload} onClose={() => patch({ edit: undefined })} />}
          <VariablesBar resolved={resolved} loading={variables.isFetching} error={variables.error} onChange={setVariable} />
          <div ref={ref} className={classes.grid} style={{ height: alone === null ? height : shown[0]?.box.height }}>
            {arranging ? (
              <Suspense fallback={null}>
                <EditGrid placed={shown.map(({ placed: one }) => one)} width={width} onMove={(places) => draft.edit((raw) => movePanels(raw, places))}>
                  {(one) => content(one, boxes.get(one.key)!)}
                </EditGrid>
              </Suspense>
            ) : (
              shown.map(({ placed: one, box }) => (
                <div key={one.key} className={classes.place} style={{ transform: `translate(${box.left}px, ${box.top}px)`, width: box.width, height: box.height }}>
                  {content(one, box)}
                </div>
              ))
            )}
          </div>
          {dashboard.panels.length === 0 && <p className={classes.emptyPage}>{editing ? 'Add a panel above.' : 'This dashboard has no panels yet.'}</p>}
          {configuredPanel !== undefined && <PanelEditor key={configured} panel={configuredPanel} draft={draft} onClose={() => setConfigured(null)} />}
        </div>
      </MarksContext.Provider>
    </DashboardProvider>
  );
}

function toggled(set: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(name)) next.add(name);
  return next;
}
