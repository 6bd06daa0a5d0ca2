import { Button, Drawer } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { messageOf } from '../../api/http';
import { formatDateTime } from '../../format/time';
import type { Dashboard } from '../model/dashboard';
import { getVersion, listVersions, saveDashboard } from '../store/dashboardApi';
import type { DashboardMeta } from '../store/dashboardApi';
import { Diff } from './Diff';
import classes from './Edit.module.css';

interface Props {
  saved: Dashboard;
  meta: DashboardMeta;
  onSaved: () => void;
  onClose: () => void;
}

/** The versions that are kept: what changed since each, and the way back to it. */
export default function HistoryDrawer({ saved, meta, onSaved, onClose }: Props) {
  const [chosen, setChosen] = useState<number | null>(null);
  const [error, setError] = useState<string | null>(null);
  const versions = useQuery({ queryKey: ['dashboard-versions', saved.uid, meta.version], queryFn: ({ signal }) => listVersions(saved.uid, signal) });
  const old = useQuery({ queryKey: ['dashboard-version', saved.uid, chosen], enabled: chosen !== null, queryFn: ({ signal }) => getVersion(saved.uid, chosen!, signal) });
  const restore = async () => {
    if (old.data === undefined || chosen === null) return;
    try {
      await saveDashboard({ dashboard: { ...old.data, version: meta.version }, message: `Restored from version ${chosen}` });
      onSaved();
      onClose();
    } catch (problem) {
      setError(messageOf(problem));
    }
  };
  return (
    <Drawer opened onClose={onClose} position="right" size="min(680px, 96vw)" title="History" transitionProps={{ duration: 0 }}>
      {versions.error !== null && (
        <p role="alert" className={classes.bad}>
          {messageOf(versions.error)}
        </p>
      )}
      <ul className={classes.versions}>
        {(versions.data ?? []).map((version) => (
          <li key={version.version}>
            <button type="button" aria-pressed={chosen === version.version} onClick={() => setChosen(version.version)}>
              <b>{version.version}</b>
              <span className="num">{formatDateTime(new Date(version.created).getTime())}</span>
              <span>{version.version === meta.version ? 'as it is now' : version.message}</span>
            </button>
          </li>
        ))}
      </ul>
      {error !== null && (
        <p role="alert" className={classes.bad}>
          {error}
        </p>
      )}
      {chosen !== null && chosen !== meta.version && old.data !== undefined && (
        <>
          <div className={classes.actions}>
            <span className="dimmed">Since version {chosen}:</span>
            <Button variant="default" onClick={() => void restore()}>
              Go back to version {chosen}
            </Button>
          </div>
          <Diff before={old.data} after={saved.raw} />
        </>
      )}
    </Drawer>
  );
}
