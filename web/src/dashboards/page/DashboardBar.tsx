import { ActionIcon, Menu, Tooltip } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconArrowLeft, IconChevronDown, IconDownload, IconExternalLink, IconPencil, IconStar, IconStarFilled } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { messageOf } from '../../api/http';
import { useTimeRange } from '../../time/TimeRangeProvider';
import controls from '../../controls/Controls.module.css';
import type { Annotation, Dashboard, DashboardLink } from '../model/dashboard';
import { safeHref } from '../panels/safeHref';
import { exportDashboard } from '../store/exportDashboard';
import { READY_MADE, searchDashboards, setStar } from '../store/dashboardApi';
import type { DashboardMeta } from '../store/dashboardApi';
import { interpolate } from '../variables/interpolate';
import type { Scope } from '../variables/interpolate';
import classes from './Page.module.css';

interface Props {
  dashboard: Dashboard;
  meta: DashboardMeta;
  scope: Scope;
  isAlone: boolean;
  onBack: () => void;
  /** Null where it cannot be changed. */
  edit: { isOn: boolean; isChanged: boolean; start: () => void } | null;
  annotations: { all: readonly Annotation[]; toggle: (name: string) => void };
}

/** Where the dashboard lies, its name, its links, what can be done with it. */
export function DashboardBar({ dashboard, meta, scope, isAlone, onBack, edit, annotations }: Props) {
  const client = useQueryClient();
  const [starred, setStarred] = useState(meta.isStarred ?? false);
  const star = async () => {
    setStarred(!starred);
    try {
      await setStar(dashboard.uid, !starred);
      await client.invalidateQueries({ queryKey: ['dashboards'] });
    } catch (error) {
      setStarred(starred);
      notifications.show({ color: 'red', title: 'The star was not kept', message: messageOf(error) });
    }
  };
  return (
    <div className={classes.bar}>
      <nav className={classes.crumbs} aria-label="Where this dashboard lies">
        {isAlone ? (
          <button type="button" className={controls.button} onClick={onBack}>
            <IconArrowLeft size={15} stroke={1.6} aria-hidden /> Back
          </button>
        ) : (
          <>
            <Link to="/dashboards">Dashboards</Link>
            {meta.folderTitle !== undefined && meta.folderTitle !== '' && meta.folderTitle !== 'General' && <span>{meta.folderTitle}</span>}
          </>
        )}
        <h2 title={dashboard.description || dashboard.title}>{dashboard.title}</h2>
      </nav>
      <Tooltip label={starred ? 'Take the star away' : 'Give it a star'}>
        <ActionIcon onClick={() => void star()} aria-pressed={starred} aria-label="Star">
          {starred ? <IconStarFilled size={16} /> : <IconStar size={16} stroke={1.6} />}
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Save as a file for Grafana or another Triptych">
        <ActionIcon onClick={() => exportDashboard(dashboard.raw, dashboard.title)} aria-label="Export as JSON">
          <IconDownload size={16} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
      {edit !== null && !edit.isOn && (
        <button type="button" className={controls.button} onClick={edit.start}>
          <IconPencil size={14} stroke={1.6} aria-hidden /> Edit{edit.isChanged && <span className={classes.note}>not saved yet</span>}
        </button>
      )}
      {meta.provisioned === true && (
        <Tooltip label={meta.folderUid === READY_MADE ? 'It comes with the program. Export it and import it under another uid to change it.' : `From the file ${meta.provisionedExternalId ?? ''} on the server; changes are made there.`}>
          <span className={classes.badge}>{meta.folderUid === READY_MADE ? 'ready-made' : 'from a file'}</span>
        </Tooltip>
      )}
      <div className={classes.links}>
        {annotations.all.map((annotation) => (
          <label key={annotation.name} className={classes.check}>
            <input type="checkbox" checked={annotation.enable} onChange={() => annotations.toggle(annotation.name)} /> {annotation.name}
          </label>
        ))}
        {dashboard.links.map((link, i) => (
          <LinkEntry key={i} link={link} scope={scope} own={dashboard.uid} />
        ))}
      </div>
    </div>
  );
}

function LinkEntry({ link, scope, own }: { link: DashboardLink; scope: Scope; own: string }) {
  const range = useTimeRange();
  const extra = [link.keepTime ? `from=${range.raw.from}&to=${range.raw.to}` : '', link.includeVars ? (scope('__all_variables')?.values[0] ?? '') : ''].filter((part) => part !== '').join('&');
  const others = useQuery({ queryKey: ['dashboards'], queryFn: ({ signal }) => searchDashboards(signal), enabled: link.type === 'dashboards' });
  if (link.type === 'link') {
    const href = safeHref(interpolate(link.url, scope, 'percentencode'));
    if (href === null) return null;
    return (
      <a className={controls.button} href={extra === '' ? href : `${href}${href.includes('?') ? '&' : '?'}${extra}`} title={link.tooltip || undefined} {...(link.targetBlank ? { target: '_blank', rel: 'noopener noreferrer' } : {})}>
        {interpolate(link.title, scope, 'text') || href} <IconExternalLink size={13} stroke={1.6} aria-hidden />
      </a>
    );
  }
  const found = (others.data ?? []).filter((hit) => hit.uid !== own && link.tags.every((tag) => hit.tags.includes(tag)));
  if (found.length === 0) return null;
  const entry = (uid: string) => `/dashboards/${encodeURIComponent(uid)}${extra === '' ? '' : `?${extra}`}`;
  if (!link.asDropdown) {
    return (
      <>
        {found.slice(0, 12).map((hit) => (
          <a key={hit.uid} className={controls.button} href={entry(hit.uid)}>
            {hit.title}
          </a>
        ))}
      </>
    );
  }
  return (
    <Menu position="bottom-end" offset={4} transitionProps={{ duration: 0 }}>
      <Menu.Target>
        <button type="button" className={controls.button}>
          {link.title || 'Dashboards'} <IconChevronDown size={13} stroke={1.6} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {found.map((hit) => (
          <Menu.Item key={hit.uid} component="a" href={entry(hit.uid)}>
            {hit.title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
