import { useElementSize, useMergedRef } from '@mantine/hooks';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import type { FieldPlace } from '../query/logql';
import type { LogRow } from '../query/lokiAnswer';
import type { LineView } from '../url';
import { LogRowView } from './LogRowView';
import { RowHeights } from './rowHeights';
import classes from './Logs.module.css';

const OVERSCAN_ROWS = 12;
/** The next page is asked for when this few rows are left below. */
const PREFETCH_ROWS = 60;
/** Elements are lent from row to row; more than any screen shows, so that no two rows want the same one. */
const POOL = 512;

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
  show: LineView;
  /** The height of a row that is neither open nor wrapped. */
  rowPx: number;
  needles: readonly string[];
  timeText: (row: LogRow) => string;
  /** The label that tells the sources of the lines apart; null when there is one source. */
  sourceLabel: string | null;
  actions: RowActions;
  onMore: () => void;
  /** Whether the last row is kept in view as rows come; undefined where none come by themselves. */
  follow?: boolean;
  /** Told when scrolling leaves the last row, and when it comes back to it. */
  onFollow?: (follows: boolean) => void;
  /** What stands below the last row: the next page loading, an error, or the end of the range. */
  footer: ReactNode;
}

/** Log lines, drawn by demand: the number of rows does not matter. Arrow keys walk, Enter opens a row, Esc closes it. */
export function LogList({ rows, version, wrap, show, rowPx, needles, timeText, sourceLabel, actions, onMore, follow, onFollow, footer }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const { ref: sizeRef, width, height } = useElementSize();
  const ref = useMergedRef(scroller, sizeRef);
  const [heights] = useState(() => new RowHeights(rowPx));
  const [top, setTop] = useState(0);
  const [, setMeasured] = useState(0);
  const [expanded, setExpanded] = useState<ReadonlySet<LogRow>>(() => new Set());
  const [cursor, setCursor] = useState<number | null>(null);

  // A new result starts at its top, with nothing open.
  const firstRow = rows[0];
  const shownFirst = useRef(firstRow);
  if (shownFirst.current !== firstRow) {
    shownFirst.current = firstRow;
    heights.forget();
    setCursor(null);
    // Of lines that come by themselves only the oldest have gone.
    if (follow === undefined) setExpanded(new Set());
  }
  const isLive = follow !== undefined;
  useEffect(() => {
    if (!isLive) scroller.current?.scrollTo({ top: 0 });
  }, [firstRow, isLive]);
  // Heights measured in one mode or width do not hold in another.
  const mode = `${wrap} ${show} ${width}`;
  const measuredMode = useRef(mode);
  if (measuredMode.current !== mode) {
    measuredMode.current = mode;
    heights.forget();
  }
  heights.setCount(rows.length);

  const first = Math.max(0, heights.rowAt(top) - OVERSCAN_ROWS);
  const last = Math.min(rows.length - 1, heights.rowAt(top + height) + OVERSCAN_ROWS, first + POOL - 1);

  // Where every row has the usual height, nothing is measured.
  const mayDiffer = wrap || show === 'indented' || expanded.size > 0 || heights.oddCount > 0;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!mayDiffer || !element || !content.current) return;
    let above = 0;
    let changed = false;
    for (const slot of content.current.children as unknown as Iterable<HTMLElement>) {
      const row = Number(slot.dataset.index);
      const start = heights.offsetOf(row);
      const change = heights.setHeight(row, slot.offsetHeight);
      if (change === 0) continue;
      changed = true;
      // What is above the window must not push what is in it.
      if (start + heights.heightOf(row) - change <= element.scrollTop) above += change;
    }
    if (!changed) return;
    if (above !== 0) element.scrollTop += above;
    setMeasured((n) => n + 1);
  });

  useLayoutEffect(() => {
    const element = scroller.current;
    if (follow && element) element.scrollTop = element.scrollHeight;
  }, [follow, version, height]);

  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - PREFETCH_ROWS) onMore();
  }, [last, rows, version, onMore]);

  // What a row shows may come later than the row.
  const measureAgain = useCallback(() => setMeasured((n) => n + 1), []);

  const toggle = useCallback((row: LogRow) => {
    setExpanded((before) => {
      const after = new Set(before);
      if (!after.delete(row)) after.add(row);
      return after;
    });
  }, []);

  const reveal = (row: number) => {
    const element = scroller.current;
    if (!element) return;
    const start = heights.offsetOf(row);
    const end = start + heights.heightOf(row);
    if (start < element.scrollTop) element.scrollTop = start;
    else if (end > element.scrollTop + element.clientHeight) element.scrollTop = end - element.clientHeight;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const at = cursor ?? -1;
    const page = Math.max(1, Math.floor(height / rowPx) - 2);
    const moves: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = moves[event.key];
    const row = rows[at];
    if (to !== undefined) {
      const next = Math.max(0, Math.min(rows.length - 1, to));
      setCursor(next);
      if (follow) onFollow?.(false);
      reveal(next);
    } else if (event.key === 'Enter' && row) toggle(row);
    else if (event.key === 'Escape' && row && expanded.has(row)) toggle(row);
    else return;
    event.preventDefault();
  };

  const slots: ReactNode[] = [];
  for (let index = first; index <= last; index++) {
    const row = rows[index]!;
    slots.push(
      <div key={index % POOL} data-index={index} className={classes.slot} style={{ transform: `translateY(${heights.offsetOf(index)}px)` }}>
        <LogRowView
          row={row}
          timeText={timeText(row)}
          source={sourceLabel === null ? null : (row.stream[sourceLabel] ?? '')}
          wrap={wrap}
          show={show}
          needles={needles}
          isExpanded={expanded.has(row)}
          isCursor={index === cursor}
          onToggle={toggle}
          actions={actions}
          onGrow={measureAgain}
        />
      </div>,
    );
  }

  return (
    <div
      ref={ref}
      className={classes.list}
      tabIndex={0}
      role="list"
      aria-label={`${rows.length} log lines`}
      onKeyDown={onKeyDown}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      // Only what the user does: rows that come scroll as well.
      onWheel={(event) => {
        const { scrollTop, clientHeight, scrollHeight } = event.currentTarget;
        if (follow && event.deltaY < 0) onFollow?.(false);
        else if (follow === false && event.deltaY > 0 && scrollHeight - scrollTop - clientHeight < rowPx) onFollow?.(true);
      }}
    >
      <div ref={content} style={{ height: heights.totalPx, position: 'relative' }}>
        {slots}
      </div>
      <div className={classes.footer}>{footer}</div>
    </div>
  );
}
