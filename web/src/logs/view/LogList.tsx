import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import type { FieldPlace } from '../query/logql';
import type { LogRow } from '../query/lokiAnswer';
import { LogRowView } from './LogRowView';
import classes from './Logs.module.css';

export const LOG_ROW_PX = 20;
const OVERSCAN_ROWS = 20;
/** The next page is asked for when this few rows are left below. */
const PREFETCH_ROWS = 60;

export interface RowActions {
  filter: (place: FieldPlace, label: string, value: string, isWanted: boolean) => void;
  filterLine: (text: string, isWanted: boolean) => void;
  showContext: (row: LogRow) => void;
}

interface Props {
  rows: readonly LogRow[];
  /** Changes when rows are added, for the array stays the same. */
  version: number;
  wrap: boolean;
  pretty: boolean;
  needles: readonly string[];
  timeText: (row: LogRow) => string;
  /** The label that tells the sources of the lines apart; null when there is one source. */
  sourceLabel: string | null;
  actions: RowActions;
  onMore: () => void;
  /** What stands below the last row: the next page loading, an error, or the end of the range. */
  footer: ReactNode;
}

/** Log lines, drawn by demand: the number of rows does not matter. Arrow keys walk, Enter opens a row, Esc closes it. */
export function LogList({ rows, version, wrap, pretty, needles, timeText, sourceLabel, actions, onMore, footer }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [expanded, setExpanded] = useState<ReadonlySet<LogRow>>(() => new Set());
  const [cursor, setCursor] = useState<number | null>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LOG_ROW_PX,
    overscan: OVERSCAN_ROWS,
    useFlushSync: false,
  });

  // Heights measured in one mode do not hold in the other.
  useEffect(() => virtualizer.measure(), [wrap, pretty, virtualizer]);

  // A new result starts at its top, with nothing open.
  const firstRow = rows[0];
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
    setExpanded(new Set());
    setCursor(null);
  }, [firstRow]);

  const items = virtualizer.getVirtualItems();
  const lastShown = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && lastShown >= rows.length - PREFETCH_ROWS) onMore();
  }, [lastShown, rows, version, onMore]);

  const toggle = useCallback((row: LogRow) => {
    setExpanded((before) => {
      const after = new Set(before);
      if (!after.delete(row)) after.add(row);
      return after;
    });
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const at = cursor ?? -1;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / LOG_ROW_PX) - 2);
    const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: rows.length - 1 };
    const to = moves[event.key];
    const row = rows[at];
    if (to !== undefined) {
      const next = Math.max(0, Math.min(rows.length - 1, to));
      setCursor(next);
      virtualizer.scrollToIndex(next, { align: 'auto' });
    } else if (event.key === 'Enter' && row) toggle(row);
    else if (event.key === 'Escape' && row && expanded.has(row)) toggle(row);
    else return;
    event.preventDefault();
  };

  return (
    <div ref={scroller} className={classes.list} tabIndex={0} role="list" aria-label={`${rows.length} log lines`} onKeyDown={onKeyDown}>
      <div style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
        {items.map(({ index, start }) => {
          const row = rows[index]!;
          return (
            <div key={index} ref={virtualizer.measureElement} data-index={index} className={classes.slot} style={{ transform: `translateY(${start}px)` }}>
              <LogRowView
                row={row}
                timeText={timeText(row)}
                source={sourceLabel === null ? null : (row.stream[sourceLabel] ?? '')}
                wrap={wrap}
                pretty={pretty}
                needles={needles}
                isExpanded={expanded.has(row)}
                isCursor={index === cursor}
                onToggle={toggle}
                actions={actions}
              />
            </div>
          );
        })}
      </div>
      <div className={classes.footer}>{footer}</div>
    </div>
  );
}
