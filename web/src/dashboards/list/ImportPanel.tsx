import { useNavigate } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { DragEvent } from 'react';
import { messageOf } from '../../api/http';
import controls from '../../controls/Controls.module.css';
import { allPanels, parseDashboardText } from '../model/dashboard';
import { createFolder, listFolders, saveDashboard } from '../store/dashboardApi';
import classes from './List.module.css';
import { contentsOf } from './contents';

/** Takes dashboards from files or from the clipboard, says what of each can be shown, and keeps them. */
export function ImportPanel({ onDone }: { onDone: () => void }) {
  const navigate = useNavigate();
  const [texts, setTexts] = useState<{ name: string; text: string }[]>([]);
  const [folder, setFolder] = useState('');
  const [overwrite, setOverwrite] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const folders = useQuery({ queryKey: ['dashboard-folders'], queryFn: ({ signal }) => listFolders(signal) });
  const parsed = useMemo(() => texts.map((one) => ({ ...one, result: parseDashboardText(one.text) })), [texts]);
  const good = parsed.flatMap(({ result }) => ('dashboard' in result ? [result.dashboard] : []));

  const read = async (files: FileList | null) => {
    setProblem(null);
    const found = await Promise.all([...(files ?? [])].map(async (file) => ({ name: file.name, text: await file.text() })));
    if (found.length > 0) setTexts(found);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    void read(event.dataTransfer.files);
  };
  const keep = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const name = folder.trim();
      const known = folders.data?.find((one) => one.title === name);
      const folderUid = name === '' || name === 'General' ? undefined : (known ?? (await createFolder(name))).uid;
      let last = '';
      for (const dashboard of good) last = (await saveDashboard({ dashboard: { ...dashboard.raw, id: null }, ...(folderUid === undefined ? {} : { folderUid }), overwrite, message: 'Imported' })).uid;
      setTexts([]);
      onDone();
      if (good.length === 1) void navigate({ to: '/dashboards/$uid', params: { uid: last } });
    } catch (error) {
      setProblem(messageOf(error));
      onDone();
    } finally {
      setBusy(false);
    }
  };

  return (
    <section className={`panel ${classes.import}`} aria-label="Import" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <div className={classes.importRow}>
        <label className={controls.button}>
          Choose files
          <input type="file" accept=".json,application/json" multiple className="visually-hidden" onChange={(event) => void read(event.currentTarget.files)} />
        </label>
        <span className="dimmed">or drop them here, or paste the JSON below</span>
      </div>
      <textarea aria-label="Dashboard JSON" className="mono" rows={4} spellCheck={false} placeholder='{ "title": …, "panels": [ … ] }' value={texts.length === 1 && texts[0]!.name === '' ? texts[0]!.text : ''} onChange={(event) => setTexts(event.currentTarget.value.trim() === '' ? [] : [{ name: '', text: event.currentTarget.value }])} />
      {parsed.map(({ name, result }, i) => (
        <p key={i} className={'error' in result ? classes.bad : undefined} role={'error' in result ? 'alert' : undefined}>
          {name !== '' && <b>{name}: </b>}
          {'error' in result ? result.error : `${result.dashboard.title}, ${contentsOf(allPanels(result.dashboard.panels), result.dashboard.sources)}`}
        </p>
      ))}
      {problem !== null && (
        <p className={classes.bad} role="alert">
          {problem}
        </p>
      )}
      <div className={classes.importRow}>
        <label>
          Folder{' '}
          <input className={controls.input} list="dashboard-folders" value={folder} placeholder="General" onChange={(event) => setFolder(event.currentTarget.value)} />
          <datalist id="dashboard-folders">
            {(folders.data ?? []).map((one) => (
              <option key={one.uid} value={one.title} />
            ))}
          </datalist>
        </label>
        <label>
          <input type="checkbox" checked={overwrite} onChange={(event) => setOverwrite(event.currentTarget.checked)} /> Write over one of the same id
        </label>
        <button type="button" className={controls.button} disabled={good.length === 0 || busy} onClick={() => void keep()}>
          {busy ? 'Importing…' : good.length > 1 ? `Import ${good.length}` : 'Import'}
        </button>
      </div>
    </section>
  );
}
