import { useEffect, useState } from 'react';
import classes from './Edit.module.css';

/** Takes what was typed when it is left, so that no query is asked at every letter. */
export function Field({ label, value, rows = 1, mono = false, list, onChange }: { label: string; value: string; rows?: number; mono?: boolean; list?: string | undefined; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const take = () => {
    if (typed !== value) onChange(typed);
  };
  return (
    <label>
      {label}
      {rows > 1 ? (
        <textarea className={mono ? 'mono' : undefined} rows={rows} spellCheck={!mono} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} onBlur={take} onKeyDown={(event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && take()} />
      ) : (
        <input className={mono ? 'mono' : undefined} list={list} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} onBlur={take} onKeyDown={(event) => event.key === 'Enter' && take()} />
      )}
    </label>
  );
}

/** One of a few. What the document has and the list has not stays to be chosen. */
export function Choose({ label, value, options, onChange }: { label: string; value: string; options: readonly { value: string; text: string }[]; onChange: (value: string) => void }) {
  const all = options.some((one) => one.value === value) ? options : [{ value, text: value === '' ? '–' : value }, ...options];
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {all.map((one) => (
          <option key={one.value} value={one.value}>
            {one.text}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Check({ label, checked, onChange }: { label: string; checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <label className={classes.check}>
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      {label}
    </label>
  );
}
