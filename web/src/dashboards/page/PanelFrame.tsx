import { ActionIcon, Menu, Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconDotsVertical, IconInfoCircle } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { Suspense, useMemo, useState } from 'react';
import { messageOf } from '../../api/http';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { NoValues } from '../panels/NoValues';
import { panelRange } from '../query/panelRange';
import { questionsOf } from '../query/targets';
import { usePanelData } from '../query/usePanelData';
import { usePanelExemplars } from '../query/usePanelExemplars';
import { interpolate } from '../variables/interpolate';
import { scopeOf } from '../variables/scope';
import { useDashboardState } from './DashboardContext';
import { exploreLink } from './exploreLink';
import type { Box, Placed } from './layout';
import classes from './Page.module.css';
import { PANEL_KINDS, WITHOUT_DATA } from './PanelBody';
import { PanelBoundary } from './PanelBoundary';
import { useInView } from './useInView';
import { Inspect } from './inspect/lazyInspect';

const HEAD_PX = 30;
const PADDING_PX = 8;

interface Props {
  placed: Placed;
  box: Box;
  /** Shows this panel alone. */
  onView: () => void;
  isAlone: boolean;
  /** Further entries of the menu, while the dashboard is edited. */
  actions?: readonly { label: string; run: () => void }[];
}

/** A panel in its frame: title, menu, states; it asks for data only while it is in view. */
export function PanelFrame({ placed, box, onView, isAlone, actions = [] }: Props) {
  const { panel, scoped } = placed;
  const { dashboard, resolved, filters, builtIn, panelById, sources } = useDashboardState();
  const range = useTimeRange();
  const { ref, inView } = useInView<HTMLElement>();
  const navigate = useNavigate();
  const [inspecting, setInspecting] = useState(false);
  const scope = useMemo(() => scopeOf(resolved, scoped, builtIn), [resolved, scoped, builtIn]);
  const { startMs, endMs, note } = useMemo(() => panelRange(range, interpolate(panel.timeFrom, scope, 'raw'), interpolate(panel.timeShift, scope, 'raw')), [range, panel, scope]);
  const title = interpolate(panel.title, scope, 'text');
  const description = interpolate(panel.description, scope, 'text');
  const hasHead = title.trim() !== '' || note !== '';
  const width = Math.max(0, box.width - 2 * PADDING_PX - 2);
  const height = Math.max(0, box.height - (hasHead ? HEAD_PX : PADDING_PX) - PADDING_PX - 2);
  const needsData = !WITHOUT_DATA.has(panel.type);
  const questions = useMemo(
    () => (needsData ? questionsOf(panel, { startMs, endMs, widthPx: width, scope, sources: { ...sources, chosen: (name) => scope(name)?.values[0] }, filters, dashboardTitle: dashboard.title, panelById }) : { questions: [], unsupported: [], expressions: [], hidden: [] }),
    [needsData, panel, startMs, endMs, width, scope, dashboard, filters, panelById, sources],
  );
  const query = usePanelData(panel, questions, scope, { startMs, endMs }, range.tick, inView);
  const { data, error, isFetching } = query;
  const exemplars = usePanelExemplars(questions.questions, range.tick, inView && panel.type === 'timeseries');
  const link = exploreLink(questions.questions);
  const warnings = [...(data?.warnings ?? []), ...(questions.unsupported.length > 0 && questions.questions.length > 0 ? [`Queries to ${questions.unsupported.join(', ')} are left out: that data source is not there.`] : [])];

  return (
    <section ref={ref} className={classes.panel} data-transparent={panel.transparent} style={{ width: box.width, height: box.height }} aria-label={title || panel.rawType} aria-busy={isFetching}>
      <header className={classes.panelHead} data-empty={!hasHead}>
        {hasHead && <h3 title={title}>{title}</h3>}
        {note !== '' && <span className={classes.note}>{note}</span>}
        {description !== '' && (
          <Tooltip label={description}>
            <span className={classes.sign} tabIndex={0} role="img" aria-label={`About: ${description}`}>
              <IconInfoCircle size={14} stroke={1.6} />
            </span>
          </Tooltip>
        )}
        {warnings.length > 0 && (
          <Tooltip label={warnings.join(' ')}>
            <span className={classes.sign} data-warn tabIndex={0} role="img" aria-label={`Warning: ${warnings.join(' ')}`}>
              <IconAlertTriangle size={14} stroke={1.6} />
            </span>
          </Tooltip>
        )}
        <Menu position="bottom-end" offset={2} transitionProps={{ duration: 0 }}>
          <Menu.Target>
            <ActionIcon size={22} className={classes.menu} aria-label={`Menu of ${title || 'the panel'}`}>
              <IconDotsVertical size={15} stroke={1.6} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={onView}>{isAlone ? 'Back to the dashboard' : 'View alone'}</Menu.Item>
            {link !== null && <Menu.Item onClick={() => void navigate({ to: link.to, params: link.params, search: ((before: { from?: string; to?: string }) => ({ from: before.from, to: before.to, ...(link.q === '' ? {} : { q: link.q }) })) as never })}>Open in Explore</Menu.Item>}
            <Menu.Item onClick={() => setInspecting(true)}>Inspect</Menu.Item>
            {actions.length > 0 && <Menu.Divider />}
            {actions.map((action) => (
              <Menu.Item key={action.label} onClick={action.run}>
                {action.label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </header>
      {isFetching && <div className={classes.progress} aria-hidden />}
      <div className={classes.body} style={{ height }}>
        {body()}
      </div>
      {inspecting && (
        <Suspense fallback={null}>
          <Inspect panel={panel} title={title} data={data} questions={questions.questions} onClose={() => setInspecting(false)} />
        </Suspense>
      )}
    </section>
  );

  function body() {
    const Kind = PANEL_KINDS[panel.type];
    if (panel.libraryPanel !== null) return <Unsupported title="A library panel" what={`“${panel.libraryPanel}” is kept in another Grafana's library; this dashboard holds only its name.`} />;
    if (Kind === undefined) return <Unsupported title={`Panels of the kind “${panel.rawType}” are not supported`} what="It stays in the dashboard as it is, and in what is exported." />;
    if (needsData && questions.questions.length === 0 && questions.unsupported.length > 0) {
      return <Unsupported title={`The data source ${questions.unsupported.join(', ')} is not there`} what={questions.unsupported.some((name) => name.includes('postgres')) ? 'PostgreSQL is asked where the server’s configuration names it under data_sources. The panel stays as it is.' : 'Nothing of this kind can be asked. The panel stays in the dashboard as it is.'} />;
    }
    if (!inView && data === undefined) return null;
    const failed = error === null ? null : (
      <div className={classes.failure} role="alert">
        <IconAlertTriangle size={16} stroke={1.6} aria-hidden />
        <p>{messageOf(error)}</p>
      </div>
    );
    if (needsData && data === undefined) {
      if (failed !== null) return failed;
      return questions.questions.length === 0 ? <NoValues panel={panel} /> : <div className={`skeleton ${classes.skeleton}`} aria-hidden />;
    }
    const isEmpty = needsData && data!.frames.every((frame) => (frame.fields[0]?.values.length ?? 0) === 0);
    return (
      <>
        {failed}
        <div className="dim-while-loading" data-loading={isFetching && query.isPlaceholderData} style={{ width, height }}>
          {isEmpty ? (
            <NoValues panel={panel} />
          ) : (
            <PanelBoundary key={panel.type}>
              <Suspense fallback={<div className={`skeleton ${classes.skeleton}`} aria-hidden />}>
                {inView && <Kind panel={panel} frames={data?.frames ?? []} width={width} height={height} startMs={data?.startMs ?? startMs} endMs={data?.endMs ?? endMs} scope={scope} exemplars={exemplars} onZoom={range.zoomTo} onZoomBack={range.zoomBack} />}
              </Suspense>
            </PanelBoundary>
          )}
        </div>
      </>
    );
  }
}

function Unsupported({ title, what }: { title: string; what: string }) {
  return (
    <div className={classes.unsupported}>
      <b>{title}</b>
      <p>{what}</p>
    </div>
  );
}
