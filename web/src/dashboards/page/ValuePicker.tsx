import { Popover } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconChevronDown } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { ALL } from '../model/variable';
import type { Option } from '../model/variable';
import type { Resolved } from '../variables/resolveVariables';
import classes from './Page.module.css';

const MOST_SHOWN = 300;

/** Chooses one of a variable's values, or several. Letters narrow the list, arrows walk, Enter takes. */
export function ValuePicker({ resolved, onChange }: { resolved: Resolved; onChange: (values: string[]) => void }) {
  const { variable, options, choice, error } = resolved;
  const [opened, setOpened] = useState(false);
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const all = useMemo<Option[]>(() => [...(variable.includeAll ? [{ text: 'All', value: ALL }] : []), ...options], [variable, options]);
  const words = typed.trim().toLowerCase();
  const found = useMemo(() => all.filter((option) => option.text.toLowerCase().includes(words)), [all, words]);
  const shown = found.slice(0, MOST_SHOWN);
  const name = variable.label || variable.name;
  const text = choice.texts.length === 0 ? 'none' : choice.texts.join(', ');

  const take = (option: Option, several: boolean) => {
    if (!variable.multi || !several) {
      onChange([option.value]);
      setOpened(false);
      return;
    }
    if (option.value === ALL) onChange([ALL]);
    else {
      const kept = choice.values.filter((value) => value !== ALL);
      const next = kept.includes(option.value) ? kept.filter((value) => value !== option.value) : [...kept, option.value];
      onChange(next.length === 0 && variable.includeAll ? [ALL] : next);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (move !== 0) {
      event.preventDefault();
      setAt((before) => (before + move + shown.length) % Math.max(1, shown.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const option = shown[at];
      if (option !== undefined) take(option, true);
      else if (typed.trim() !== '') take({ text: typed.trim(), value: typed.trim() }, true);
    }
  };

  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" offset={4} trapFocus transitionProps={{ duration: 0 }}>
      <Popover.Target>
        <button
          type="button"
          className={classes.picker}
          aria-haspopup="listbox"
          aria-expanded={opened}
          aria-label={`${name}: ${text}`}
          title={error ?? text}
          onClick={() => {
            setTyped('');
            setAt(Math.max(0, all.findIndex((option) => choice.values.includes(option.value))));
            setOpened((before) => !before);
          }}
        >
          {error !== null && <IconAlertTriangle size={14} stroke={1.6} aria-label="Has no options" />}
          <span>{text}</span>
          <IconChevronDown size={13} stroke={1.6} aria-hidden />
        </button>
      </Popover.Target>
      <Popover.Dropdown p={0} className={classes.options}>
        <input data-autofocus aria-label={`Search ${name}`} placeholder={options.length === 0 ? 'Type a value' : `Search ${all.length}`} value={typed} spellCheck={false} onKeyDown={onKeyDown} onChange={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }} />
        {error !== null && <p role="alert">{error}</p>}
        <ul role="listbox" aria-label={name} aria-multiselectable={variable.multi}>
          {shown.map((option, i) => {
            const chosen = choice.values.includes(option.value);
            return (
              <li key={option.value} role="option" aria-selected={chosen} data-here={i === at} ref={i === at && opened ? (element) => element?.scrollIntoView?.({ block: 'nearest' }) : undefined} onClick={() => take(option, true)}>
                <IconCheck size={13} stroke={2} aria-hidden style={{ visibility: chosen ? 'visible' : 'hidden' }} />
                <span title={option.text}>{option.text === '' ? '(empty)' : option.text}</span>
                {variable.multi && option.value !== ALL && (
                  <button
                    type="button"
                    tabIndex={-1}
                    onClick={(event) => {
                      event.stopPropagation();
                      take(option, false);
                    }}
                  >
                    only
                  </button>
                )}
              </li>
            );
          })}
        </ul>
        {found.length > shown.length && <p>and {found.length - shown.length} more</p>}
        {found.length === 0 && error === null && <p>{typed.trim() === '' ? 'There are no values in this time range.' : 'Enter takes what you typed.'}</p>}
      </Popover.Dropdown>
    </Popover>
  );
}
