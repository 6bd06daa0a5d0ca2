import { SegmentedControl } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPencil, IconStar, IconStarFilled, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import controls from '../../controls/Controls.module.css';
import { formatAgo, formatDateTime } from '../../format/time';
import { clearHistory, findQueries, readQueries, removeQuery, saveQuery, unsaveQuery, useQueries, writeQueries } from './queryStore';
import type { KeptQuery, QuerySignal } from './queryStore';
import classes from './QueryHistory.module.css';

interface Props {
  signal: QuerySignal;
  /** What stands in the editor, to be saved. */
  query: string;
  onRun: (query: string) => void;
}

const MOST_SHOWN = 100;

/** Queries that were run in this browser and those that were saved: searched, run again, saved, renamed, forgotten. */
export default function QueryHistory({ signal, query, onRun }: Props) {
  const all = useQueries();
  const [text, setText] = useState('');
  const [savedOnly, setSavedOnly] = useState(false);
  const found = findQueries(all, signal, text, savedOnly);
  const current = query.trim();
  const isSaved = all.some((one) => one.signal === signal && one.query === current && one.isSaved);
  const now = Date.now();

  // Nothing asks twice; what went can be brought back.
  const withUndo = (what: string, act: () => void) => {
    const before = readQueries();
    act();
    const id = notifications.show({
      autoClose: 8000,
      message: (
        <>
          {what}{' '}
          <button
            type="button"
            className={controls.copy}
            onClick={() => {
              writeQueries(before);
              notifications.hide(id);
            }}
          >
            Undo
          </button>
        </>
      ),
    });
  };

  return (
    <section className={classes.history} aria-label="Queries run before">
      <div className={classes.head}>
        <input type="search" className={controls.input} value={text} placeholder="Find a query" aria-label="Find a query" onChange={(event) => setText(event.currentTarget.value)} />
        <SegmentedControl
          size="xs"
          aria-label="Which queries"
          value={savedOnly ? 'saved' : 'all'}
          onChange={(which) => setSavedOnly(which === 'saved')}
          data={[
            { value: 'all', label: 'Run before' },
            { value: 'saved', label: 'Saved' },
          ]}
        />
        <button type="button" className={controls.button} disabled={current === '' || isSaved} onClick={() => saveQuery(signal, current, '')}>
          <IconStar size={14} stroke={1.6} aria-hidden /> {isSaved ? 'Saved' : 'Save this query'}
        </button>
        <button type="button" className={controls.copy} disabled={!all.some((one) => one.signal === signal && !one.isSaved)} onClick={() => withUndo('The queries run before are forgotten.', () => clearHistory(signal))}>
          Forget all that are not saved
        </button>
      </div>
      {found.length === 0 ? (
        <p className={classes.none}>{text !== '' ? `No query holds “${text}”.` : savedOnly ? 'Nothing saved yet: the star beside a query saves it in this browser.' : 'Nothing has been run yet in this browser.'}</p>
      ) : (
        <ul className={classes.list}>
          {found.slice(0, MOST_SHOWN).map((one) => (
            <Row key={one.query} kept={one} nowMs={now} onRun={() => onRun(one.query)} onRemove={() => withUndo('The query is forgotten.', () => removeQuery(one))} />
          ))}
          {found.length > MOST_SHOWN && <li className={classes.none}>and {found.length - MOST_SHOWN} older ones: type to find them</li>}
        </ul>
      )}
    </section>
  );
}

function Row({ kept, nowMs, onRun, onRemove }: { kept: KeptQuery; nowMs: number; onRun: () => void; onRemove: () => void }) {
  const { signal, query, atMs, isSaved, name } = kept;
  const [isNaming, setNaming] = useState(false);
  const rename = (next: string) => {
    saveQuery(signal, query, next);
    setNaming(false);
  };
  return (
    <li className={classes.row}>
      <button type="button" className={classes.icon} aria-pressed={isSaved} aria-label={isSaved ? 'Save no longer' : 'Save'} title={isSaved ? 'Save no longer' : 'Save in this browser'} onClick={() => (isSaved ? unsaveQuery(kept) : saveQuery(signal, query, ''))}>
        {isSaved ? <IconStarFilled size={14} aria-hidden /> : <IconStar size={14} stroke={1.6} aria-hidden />}
      </button>
      <div className={classes.text}>
        {isNaming ? (
          <input
            className={controls.input}
            autoFocus
            defaultValue={name}
            maxLength={120}
            aria-label="Name of the query"
            onBlur={(event) => rename(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') rename(event.currentTarget.value);
              if (event.key === 'Escape') setNaming(false);
            }}
          />
        ) : (
          name !== '' && <b>{name}</b>
        )}
        <button type="button" className={classes.run} onClick={onRun} title="Run it again">
          <code>{query}</code>
        </button>
      </div>
      <span className={`num ${classes.ago}`} title={formatDateTime(atMs)}>
        {formatAgo(atMs, nowMs)}
      </span>
      <button type="button" className={classes.icon} aria-label="Name it" title="Save under a name" onClick={() => setNaming(true)}>
        <IconPencil size={14} stroke={1.6} aria-hidden />
      </button>
      <button type="button" className={classes.icon} aria-label="Forget it" title="Forget it" onClick={onRemove}>
        <IconTrash size={14} stroke={1.6} aria-hidden />
      </button>
    </li>
  );
}
