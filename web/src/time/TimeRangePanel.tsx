import '@mantine/dates/styles.layer.css';
import { Button, Select, TextInput } from '@mantine/core';
import { DatePicker } from '@mantine/dates';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { formatDateTime } from '../format/time';
import { describeRange, isRelative, parseTimePoint, QUICK_RANGES, resolveRange, toAbsolute, widen } from './range';
import classes from './TimeRangePicker.module.css';
import { useTimeRange } from './TimeRangeProvider';
import { setZone, useZone } from './zone';

/** One end as it is shown for editing: relative ends as written, absolute ones as a date. */
function editable(raw: string): string {
  const ms = /^\d+$/.test(raw) ? parseTimePoint(raw, 0) : null;
  return ms === null ? raw : formatDateTime(ms);
}

export default function TimeRangePanel({ onClose }: { onClose: () => void }) {
  const range = useTimeRange();
  const [from, setFrom] = useState(editable(range.raw.from));
  const [to, setTo] = useState(editable(range.raw.to));
  const [days, setDays] = useState<[string | null, string | null]>([null, null]);
  const now = Date.now();
  const typed = resolveRange({ from, to }, now);
  const error = 'error' in typed ? typed.error : null;

  const apply = (event: FormEvent) => {
    event.preventDefault();
    if ('error' in typed) return;
    range.setRange(isRelative({ from, to }) ? { from: from.trim(), to: to.trim() } : toAbsolute(typed));
    onClose();
  };

  const pick = (quick: string) => {
    range.setRange({ from: `now-${quick}`, to: 'now' });
    onClose();
  };

  return (
    <div className={classes.panel}>
      <ul className={classes.quick} aria-label="Ranges">
        {QUICK_RANGES.map((quick) => {
          const raw = { from: `now-${quick}`, to: 'now' };
          const here = range.raw.from === raw.from && range.raw.to === raw.to;
          return (
            <li key={quick}>
              <button type="button" data-here={here} aria-pressed={here} data-autofocus={here || undefined} onClick={() => pick(quick)}>
                {describeRange(raw, now)}
              </button>
            </li>
          );
        })}
      </ul>
      <form className={classes.form} onSubmit={apply}>
        <div className={classes.ends}>
          <TextInput label="From" value={from} onChange={(e) => setFrom(e.currentTarget.value)} spellCheck={false} classNames={{ input: 'num' }} />
          <TextInput label="To" value={to} onChange={(e) => setTo(e.currentTarget.value)} spellCheck={false} classNames={{ input: 'num' }} />
        </div>
        <p className={error === null ? classes.hint : classes.error} role={error === null ? undefined : 'alert'}>
          {error ?? 'now-90m, now/d for midnight, 2026-01-31 14:00, or Unix milliseconds'}
        </p>
        <DatePicker
          type="range"
          size="xs"
          weekendDays={[]}
          style={{ alignSelf: 'center' }}
          value={days}
          maxDate={formatDateTime(now).slice(0, 10)}
          allowSingleDateInRange
          onChange={([first, last]) => {
            setDays([first, last]);
            if (first === null || last === null) return;
            setFrom(`${first} 00:00:00`);
            setTo(`${last} 23:59:59`);
          }}
        />
        <ZoneSelect onClose={onClose} />
        <div className={classes.actions}>
          <Button
            variant="default"
            onClick={() => {
              range.setRange(widen(range, now));
              onClose();
            }}
          >
            Zoom out
          </Button>
          <Button type="submit" disabled={error !== null}>
            Apply
          </Button>
        </div>
      </form>
    </div>
  );
}

/** The zone of every time on the pages, kept in this browser. */
function ZoneSelect({ onClose }: { onClose: () => void }) {
  const zone = useZone();
  const [search, setSearch] = useState('');
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = [{ value: 'browser', label: `This browser's (${own})` }, { value: 'UTC', label: 'UTC' }, ...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC').map((name) => ({ value: name, label: name }))];
  return (
    <Select
      size="xs"
      label="Time zone"
      searchable
      allowDeselect={false}
      limit={100}
      data={zones}
      value={zone === '' ? 'browser' : zone}
      nothingFoundMessage="No such zone"
      comboboxProps={{ withinPortal: false, position: 'top' }}
      searchValue={search}
      onSearchChange={setSearch}
      // What is chosen would be in the way of typing.
      onDropdownOpen={() => setSearch('')}
      onChange={(next) => {
        if (next === null) return;
        onClose();
        setZone(next === 'browser' ? '' : next);
      }}
    />
  );
}
