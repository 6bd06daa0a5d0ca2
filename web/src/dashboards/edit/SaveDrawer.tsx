import { Button, Drawer } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, messageOf } from '../../api/http';
import type { Dashboard } from '../model/dashboard';
import { saveDashboard } from '../store/dashboardApi';
import { Diff } from './Diff';
import classes from './Edit.module.css';
import type { Draft } from './useDraft';

interface Props {
  saved: Dashboard;
  draft: Draft;
  version: number;
  onSaved: () => void;
  onClose: () => void;
}

/** Shows what changed and saves it as a new version. */
export default function SaveDrawer({ saved, draft, version, onSaved, onClose }: Props) {
  const client = useQueryClient();
  const [message, setMessage] = useState('');
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const isOvertaken = error instanceof ApiError && error.status === 412;
  const save = async (overwrite: boolean) => {
    setBusy(true);
    setError(null);
    try {
      await saveDashboard({ dashboard: { ...draft.dashboard.raw, uid: saved.uid, version }, message, overwrite });
      draft.saved();
      await client.invalidateQueries({ queryKey: ['dashboards'] });
      onSaved();
      onClose();
    } catch (problem) {
      setError(problem instanceof Error ? problem : new Error(String(problem)));
      setBusy(false);
    }
  };
  return (
    <Drawer opened onClose={onClose} position="right" size="min(680px, 96vw)" title="Save the dashboard" transitionProps={{ duration: 0 }}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          void save(false);
        }}
      >
        <label>
          What did you change?
          <input data-autofocus value={message} maxLength={500} placeholder="Optional; stands in the history" onChange={(event) => setMessage(event.currentTarget.value)} />
        </label>
        {error !== null && (
          <p role="alert" className={classes.bad}>
            {messageOf(error)}
            {isOvertaken && '. To save writes over what they did; their version stays in the history.'}
          </p>
        )}
        <div className={classes.actions}>
          {isOvertaken && (
            <Button variant="default" disabled={busy} onClick={() => void save(true)}>
              Write over it
            </Button>
          )}
          <Button type="submit" disabled={busy}>
            Save
          </Button>
        </div>
      </form>
      <Diff before={saved.raw} after={draft.dashboard.raw} />
    </Drawer>
  );
}
