import { Kbd, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconArrowRight, IconLayoutDashboard, IconSearch, IconTimelineEvent } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { KeyboardEvent } from 'react';
import { searchDashboards } from '../dashboards/store/dashboardApi';
import classes from './Palette.module.css';
import { paletteEntries } from './paletteEntries';
import type { PaletteEntry } from './paletteEntries';

function keyOf(entry: PaletteEntry): string {
  return entry.kind === 'place' ? entry.place.to : entry.kind === 'dashboard' ? `dashboard ${entry.dashboard.uid}` : 'trace';
}

function titleOf(entry: PaletteEntry): string {
  return entry.kind === 'place' ? entry.place.title : entry.kind === 'dashboard' ? entry.dashboard.title : 'Open the trace';
}

/** Search from everywhere: go to a page, open a trace by its id. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const navigate = useNavigate();
  const dashboards = useQuery({ queryKey: ['dashboards'], queryFn: ({ signal }) => searchDashboards(signal), staleTime: 60_000 });
  const entries = paletteEntries(text, dashboards.data);

  const open = (index: number) => {
    const entry = entries[index];
    if (!entry) return;
    onClose();
    if (entry.kind === 'place') void navigate({ to: entry.place.to });
    else if (entry.kind === 'dashboard') void navigate({ to: '/dashboards/$uid', params: { uid: entry.dashboard.uid } });
    else void navigate({ to: '/trace/$traceId', params: { traceId: entry.traceId } });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const move = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (move !== 0) {
      event.preventDefault();
      setChosen((at) => (at + move + entries.length) % Math.max(1, entries.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      open(chosen);
    }
  };

  return (
    <Modal opened onClose={onClose} withCloseButton={false} padding={0} size="lg" yOffset="12vh" transitionProps={{ duration: 0 }} aria-label="Search">
      <div className={classes.field}>
        <IconSearch size={18} stroke={1.6} aria-hidden />
        <input
          data-autofocus
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
          placeholder="Go to a page or dashboard, or paste a trace id"
          aria-label="Search"
          role="combobox"
          aria-expanded
          aria-controls="palette-list"
          aria-activedescendant={entries.length > 0 ? `palette-${chosen}` : undefined}
          spellCheck={false}
        />
        <Kbd>Esc</Kbd>
      </div>
      <ul id="palette-list" role="listbox" aria-label="Found" className={classes.list}>
        {entries.map((entry, index) => (
          <li
            key={keyOf(entry)}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            className={classes.entry}
            onMouseMove={() => setChosen(index)}
            onClick={() => open(index)}
          >
            {entry.kind === 'place' ? <IconArrowRight size={16} stroke={1.6} aria-hidden /> : entry.kind === 'dashboard' ? <IconLayoutDashboard size={16} stroke={1.6} aria-hidden /> : <IconTimelineEvent size={16} stroke={1.6} aria-hidden />}
            <span>{titleOf(entry)}</span>
            <span className="dimmed ellipsis">{entry.kind === 'place' ? entry.place.hint : entry.kind === 'dashboard' ? 'Dashboard' : <span className="mono">{entry.traceId}</span>}</span>
            {entry.kind === 'place' && (
              <span className={classes.keys}>
                <Kbd>g</Kbd> <Kbd>{entry.place.key}</Kbd>
              </span>
            )}
          </li>
        ))}
        {entries.length === 0 && <li className={classes.none}>Nothing is called “{text}”. A trace id has 16 to 32 hexadecimal digits.</li>}
      </ul>
    </Modal>
  );
}
