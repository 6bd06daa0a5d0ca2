import { TextInput } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { IconSearch } from '@tabler/icons-react';
import { useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { messageOf } from '../../api/http';
import { formatCount } from '../../format/number';
import classes from './MetricBrowser.module.css';
import { expressionFor, searchMetrics } from './searchMetrics';
import { useMetricNames } from './useMetricNames';

const ROW_PX = 44;

/** The metrics there are: search, walk with the arrow keys, Enter or click runs. */
export function MetricBrowser({ onPick }: { onPick: (expression: string) => void }) {
  const { data, error, isPending, refetch } = useMetricNames();
  const listId = useId();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(-1);
  const deferred = useDeferredValue(text);
  const found = useMemo(() => searchMetrics(data ?? new Map(), deferred), [data, deferred]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: found.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: 6 });

  useEffect(() => setChosen(-1), [deferred]);

  const onKeyDown = (event: KeyboardEvent) => {
    const move = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : event.key === 'PageDown' ? 10 : event.key === 'PageUp' ? -10 : 0;
    if (move !== 0) {
      event.preventDefault();
      const next = Math.min(found.length - 1, Math.max(0, chosen + move));
      setChosen(next);
      virtual.scrollToIndex(next);
    } else if (event.key === 'Enter') {
      const entry = found[Math.max(0, chosen)];
      if (entry) onPick(expressionFor(entry));
    } else if (event.key === 'Escape') setText('');
  };

  return (
    <div className={`panel ${classes.browser}`}>
      <div className={classes.search}>
        <TextInput
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          placeholder="Search names and help"
          leftSection={<IconSearch size={14} stroke={1.6} />}
          aria-label="Search metrics"
          role="combobox"
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={chosen >= 0 ? `${listId}-${chosen}` : undefined}
          spellCheck={false}
          data-page-search
        />
        <span className={`num dimmed ${classes.count}`}>
          {data === undefined ? '\u00a0' : deferred.trim() === '' ? `${formatCount(data.size)} metrics in this time range` : `${formatCount(found.length)} of ${formatCount(data.size)} metrics`}
        </span>
      </div>
      <div ref={scroller} id={listId} className={classes.list} role="listbox" aria-label="Metrics">
        {isPending && Array.from({ length: 9 }, (_, i) => <div key={i} className={`skeleton ${classes.waiting}`} />)}
        {error !== null && data === undefined && (
          <div className={classes.note} role="alert">
            <p>{messageOf(error)}</p>
            <button type="button" onClick={() => void refetch()}>
              Try again
            </button>
          </div>
        )}
        {data !== undefined && found.length === 0 && <p className={classes.note}>{data.size === 0 ? 'No metric has data in this time range.' : `No name or help holds “${deferred}”.`}</p>}
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const entry = found[item.index]!;
            return (
              <div
                key={entry.name}
                id={`${listId}-${item.index}`}
                role="option"
                aria-selected={item.index === chosen}
                className={classes.entry}
                style={{ transform: `translateY(${item.start}px)` }}
                title={entry.about === null ? entry.name : `${entry.name}\n${entry.about.help}`}
                onClick={() => onPick(expressionFor(entry))}
              >
                <span className={`mono ellipsis ${classes.name}`}>{entry.name}</span>
                <span className={`ellipsis ${classes.help}`}>
                  {entry.about !== null && entry.about.type !== 'unknown' && <b>{entry.about.type}</b>}
                  {entry.about?.help || '\u00a0'}
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
