import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import controls from '../../../controls/Controls.module.css';
import { at, listOf, objectOf } from '../../model/json';
import type { JsonObject, JsonPath } from '../../model/json';
import { setIn } from '../edits';
import type { Draft } from '../useDraft';
import { addTo, moveIn } from './lists';
import classes from './Settings.module.css';

interface Props {
  draft: Draft;
  path: JsonPath;
  /** What one entry is called: “variable”. */
  what: string;
  empty: string;
  titleOf: (entry: JsonObject) => string;
  noteOf: (entry: JsonObject) => string;
  make: (raw: JsonObject) => JsonObject;
  /** Whether an entry is not to be changed here. */
  isFixed?: (entry: JsonObject) => boolean;
  children: (entry: JsonObject, index: number) => ReactNode;
}

/** A list of the document: its entries in order, and the fields of the one that is chosen. */
export function ListEditor({ draft, path, what, empty, titleOf, noteOf, make, isFixed, children }: Props) {
  const [chosen, setChosen] = useState<number | null>(null);
  const list = listOf(at(draft.dashboard.raw, path)).map(objectOf);
  const shown = list.flatMap((entry, index) => (isFixed?.(entry) === true ? [] : [{ entry, index }]));
  const open = chosen === null ? undefined : shown.find((one) => one.index === chosen);
  return (
    <div className={classes.list}>
      {shown.length === 0 && <p className="dimmed">{empty}</p>}
      <ol>
        {shown.map(({ entry, index }) => (
          <li key={index} data-chosen={index === chosen}>
            <button type="button" className={classes.entry} aria-expanded={index === chosen} onClick={() => setChosen(index === chosen ? null : index)}>
              <b>{titleOf(entry) || '(without a name)'}</b>
              <span>{noteOf(entry)}</span>
            </button>
            <button type="button" aria-label={`Move ${titleOf(entry)} up`} disabled={index === 0} onClick={() => (draft.edit((raw) => moveIn(raw, path, index, -1)), chosen === index && setChosen(index - 1))}>
              <IconArrowUp size={14} stroke={1.6} aria-hidden />
            </button>
            <button type="button" aria-label={`Move ${titleOf(entry)} down`} disabled={index === list.length - 1} onClick={() => (draft.edit((raw) => moveIn(raw, path, index, 1)), chosen === index && setChosen(index + 1))}>
              <IconArrowDown size={14} stroke={1.6} aria-hidden />
            </button>
            <button
              type="button"
              aria-label={`Remove ${titleOf(entry)}`}
              onClick={() => {
                setChosen(null);
                draft.edit((raw) => setIn(raw, [...path, index], undefined));
              }}
            >
              <IconTrash size={14} stroke={1.6} aria-hidden />
            </button>
          </li>
        ))}
      </ol>
      <button
        type="button"
        className={controls.button}
        onClick={() => {
          draft.edit((raw) => addTo(raw, path, make(raw)));
          setChosen(list.length);
        }}
      >
        <IconPlus size={14} stroke={1.6} aria-hidden /> Add a {what}
      </button>
      {open !== undefined && (
        <section className={classes.fields} aria-label={titleOf(open.entry)}>
          {children(open.entry, open.index)}
        </section>
      )}
    </div>
  );
}
