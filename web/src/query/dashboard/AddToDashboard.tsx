import { Button, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { messageOf } from '../../api/http';
import type { JsonObject } from '../../dashboards/model/json';
import { getDashboard, saveDashboard, searchDashboards } from '../../dashboards/store/dashboardApi';
import classes from './AddToDashboard.module.css';
import { emptyDashboard, withPanel } from './addPanel';
import type { NewPanel } from './addPanel';

const NEW = 'new';

interface Props {
  panel: Omit<NewPanel, 'title'>;
}

/** Puts what is asked into a dashboard, one that is there or a new one. */
export default function AddToDashboard({ panel }: Props) {
  const queries = useQueryClient();
  const [uid, setUid] = useState(NEW);
  const [title, setTitle] = useState('');
  const [name, setName] = useState('');
  const dashboards = useQuery({ queryKey: ['dashboards'], queryFn: ({ signal }) => searchDashboards(signal), staleTime: 60_000 });
  const add = useMutation({
    mutationFn: async () => {
      const kept = uid === NEW ? null : await getDashboard(uid);
      const dashboard = withPanel(kept?.dashboard ?? emptyDashboard(name.trim() || 'New dashboard'), { ...panel, title: title.trim() });
      return saveDashboard({ dashboard: dashboard as JsonObject, folderUid: kept?.meta.folderUid, message: 'Panel added from Explore' });
    },
    onSuccess: () => queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith('dashboard') }),
  });
  const options = [{ value: NEW, label: 'A new dashboard' }, ...(dashboards.data ?? []).filter(({ isProvisioned }) => isProvisioned !== true).map((hit) => ({ value: hit.uid, label: hit.folderTitle ? `${hit.folderTitle} / ${hit.title}` : hit.title }))];
  return (
    <form
      className={classes.form}
      aria-label="Add to a dashboard"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Select size="xs" label="Dashboard" searchable allowDeselect={false} data={options} value={uid} limit={100} onChange={(next) => setUid(next ?? NEW)} />
      {uid === NEW && <TextInput size="xs" label="Its title" placeholder="New dashboard" value={name} onChange={(event) => setName(event.currentTarget.value)} />}
      <TextInput size="xs" label="Title of the panel" value={title} onChange={(event) => setTitle(event.currentTarget.value)} />
      <Button type="submit" size="xs" loading={add.isPending}>
        Add
      </Button>
      <span className={classes.said} role="status">
        {dashboards.isError && !add.isError && `The dashboards could not be listed: ${messageOf(dashboards.error)}`}
        {add.isError && `Not added: ${messageOf(add.error)}`}
        {add.isSuccess && (
          <>
            Added.{' '}
            <Link to="/dashboards/$uid" params={{ uid: add.data.uid }} search={{}}>
              Open the dashboard
            </Link>
          </>
        )}
      </span>
    </form>
  );
}
