import { TextInput } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { IconSearch, IconTags } from '@tabler/icons-react';
import { useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { messageOf } from '../../api/http';
import { tsdbStatus } from '../../api/prometheus';
import { formatCount } from '../../format/number';
import classes from './MetricBrowser.module.css';
import { MetricLabels } from './MetricLabels';
import { expressionFor, searchMetrics } from './searchMetrics';
import { useMetricNames } from './useMetricNames';

const ROW_PX = 44;
/** Metrics whose series are counted, those with the most. */
const MOST_COUNTED = 10_000;

/** The metrics there are: search, walk with the arrow keys, Enter or click runs. */
export function MetricBrowser({ onPick }: { onPick: (expression: string) => void }) {
  const { data, error, isPending, refetch } = useMetricNames();
  const listId = useId();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(-1);
  const deferred = useDeferredValue(text);
  const [withCounts, setWithCounts] = useLocalStorage({ key: 'triptych.metrics.counts', defaultValue: false, getInitialValueInEffect: false });
  const counted = useQuery({ queryKey: ['series-counts'], enabled: withCounts, staleTime: 300_000, retry: false, queryFn: ({ signal }) => tsdbStatus(MOST_COUNTED, { signal }) });
  const counts = useMemo(() => (withCounts && counted.data ? new Map(counted.data.seriesCountByMetricName.map(({ name, value }) => [name, value])) : null), [withCounts, counted.data]);
  const [labelsOf, setLabelsOf] = useState<string | null>(null);
  const found = useMemo(() => searchMetrics(data ?? new Map(), deferred, counts), [data, deferred, counts]);
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
    } else if (event.key === 'ArrowRight' && chosen >= 0 && event.currentTarget instanceof HTMLInputElement && event.currentTarget.selectionStart === text.length) {
      event.preventDefault();
      setLabelsOf(found[chosen]?.name ?? null);
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
        <label className={`num dimmed ${classes.counts}`} title="Counts the series of each metric over all that is kept, and puts those with the most first">
          <input type="checkbox" checked={withCounts} onChange={(event) => setWithCounts(event.currentTarget.checked)} /> Series counts
          {withCounts && (counted.isError ? <span role="alert">: {messageOf(counted.error)}</span> : counts === null ? ' …' : `: ${formatCount(counted.data!.headStats.numSeries)} in all`)}
        </label>
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
                <span className={classes.nameLine}>
                  <span className={`mono ellipsis ${classes.name}`}>{entry.name}</span>
                  {counts !== null && <span className="num dimmed">{formatCount(counts.get(entry.name) ?? 0)}</span>}
                  {/* For the mouse alone: an option holds no control, and the arrow to the right does the same. */}
                  <span
                    className={classes.labels}
                    aria-hidden
                    data-open={labelsOf === entry.name || undefined}
                    title="Its labels and their values (→)"
                    onClick={(event) => {
                      event.stopPropagation();
                      setLabelsOf(labelsOf === entry.name ? null : entry.name);
                    }}
                  >
                    <IconTags size={14} stroke={1.6} aria-hidden />
                  </span>
                </span>
                <span className={`ellipsis ${classes.help}`}>
                  {entry.about !== null && entry.about.type !== 'unknown' && <b>{entry.about.type}</b>}
                  {entry.about?.help || '\u00a0'}
                </span>
              </div>
            );
          })}
        </div>
      </div>
      {labelsOf !== null && <MetricLabels key={labelsOf} metric={labelsOf} onClose={() => setLabelsOf(null)} onPick={(filters) => onPick(expressionFor({ name: labelsOf, about: data?.get(labelsOf) ?? null }, filters))} />}
    </div>
  );
}
