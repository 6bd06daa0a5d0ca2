import { useElementSize } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { childCount, isMarker } from '../model/tree';
import { walk } from './keys';
import { Minimap } from './Minimap';
import { NameRow } from './NameRow';
import { ROW_PX, paintRows } from './paint';
import type { PaintColours, TraceShape } from './paint';
import { collapsedBelow, revealing, rowOf, searchSpans, visibleRows } from './rows';
import { SearchCell } from './SearchCell';
import { axisTicks, clampView, toNanos, zoomAround } from './timeAxis';
import type { AxisView, TimeAxis } from './timeAxis';
import { useCanvas } from './useCanvas';
import classes from './Waterfall.module.css';

const OVERSCAN_ROWS = 6;
const LEAST_POOL = 128;
const LEAST_NAMES_PX = 120;
/** Room at the right edge, so that the last bar does not touch it. */
const RIGHT_PX = 12;
const TICK_EVERY_PX = 110;

interface Props {
  shape: TraceShape;
  colours: PaintColours;
  durationText: (nanos: number) => string;
  selected: number | null;
  onSelect: (node: number | null) => void;
  logTicks: ReadonlyMap<number, readonly number[]>;
}

/** The spans of a trace over time: names at the left, one canvas of bars at the right, rows by demand. */
export function Waterfall({ shape, colours, durationText, selected, onSelect, logTicks }: Props) {
  const { trace, tree, axis } = shape;
  const treeId = useId();
  const { ref: sizeRef, width } = useElementSize();
  const scroller = useRef<HTMLDivElement>(null);
  const crosshair = useRef<HTMLDivElement>(null);
  const [chosenNamesPx, setNamesPx] = useState<number | null>(null);
  const [view, setView] = useState<AxisView>({ from: 0, to: axis.length });
  const [collapsed, setCollapsed] = useState<ReadonlySet<number>>(() => new Set());
  const [cursor, setCursor] = useState<number>(selected ?? tree.order[0]!);
  const [search, setSearch] = useState('');
  const [selection, setSelection] = useState<{ fromPx: number; toPx: number } | null>(null);

  const namesPx = Math.max(LEAST_NAMES_PX, Math.min(width - 160, chosenNamesPx ?? Math.min(380, width * 0.4)));
  const timelinePx = Math.max(0, width - namesPx - RIGHT_PX);
  const rows = useMemo(() => visibleRows(tree, collapsed), [tree, collapsed]);
  // Searching a large trace takes longer than a key press, so typing goes first.
  const sought = useDeferredValue(search);
  const found = useMemo(() => searchSpans(trace, tree, sought), [trace, tree, sought]);
  const matches = useMemo(() => (sought.trim() === '' ? null : new Set(found)), [sought, found]);
  const ticks = useMemo(() => axisTicks(axis, view, Math.max(2, timelinePx / TICK_EVERY_PX)), [axis, view, timelinePx]);
  const cursorRow = rowOf(tree, rows, cursor);

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN_ROWS,
    useFlushSync: false,
  });
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const count = items.length;
  const pool = Math.max(LEAST_POOL, 2 ** Math.ceil(Math.log2(count + 1)));

  const paint = useCallback(
    (ctx: CanvasRenderingContext2D) =>
      paintRows(ctx, { shape, rows, first, count, widthPx: timelinePx, view, ticks, colours, collapsed, matches, logTicks, durationText }),
    [shape, rows, first, count, timelinePx, view, ticks, colours, collapsed, matches, logTicks, durationText],
  );
  const canvas = useCanvas(timelinePx, count * ROW_PX, paint);

  const goTo = useCallback(
    (node: number) => {
      const open = revealing(tree, collapsed, node);
      if (open !== collapsed) setCollapsed(open);
      setCursor(node);
      virtualizer.scrollToIndex(rowOf(tree, visibleRows(tree, open), node), { align: 'auto' });
    },
    [tree, collapsed, virtualizer],
  );

  // A span named in the URL is brought into view when the trace opens; later ones stay in view when the panel takes room.
  const opened = useRef(false);
  const latestRows = useRef(rows);
  latestRows.current = rows;
  useEffect(() => {
    if (selected === null || width === 0) return;
    virtualizer.scrollToIndex(rowOf(tree, latestRows.current, selected), { align: opened.current ? 'auto' : 'center' });
    opened.current = true;
  }, [selected, width, tree, virtualizer]);

  const toggle = (node: number) =>
    setCollapsed((before) => {
      const after = new Set(before);
      if (!after.delete(node)) after.add(node);
      return after;
    });

  const onKeyDown = (event: KeyboardEvent) => {
    const height = scroller.current?.clientHeight ?? 0;
    const step = walk({ tree, rows, collapsed, row: cursorRow, pageRows: Math.max(1, Math.floor(height / ROW_PX) - 1) }, event.key);
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    if (step) {
      event.preventDefault();
      if (step.kind !== 'move') return toggle(step.node);
      const node = rows[step.row]!;
      setCursor(node);
      virtualizer.scrollToIndex(step.row, { align: 'auto' });
      // With the panel open, walking shows each span in it.
      if (selected !== null) onSelect(node);
      return;
    }
    const middle = (view.from + view.to) / 2;
    const handled: Record<string, () => void> = {
      Enter: () => onSelect(rows[cursorRow]!),
      Escape: () => (selected !== null ? onSelect(null) : search ? setSearch('') : setView({ from: 0, to: axis.length })),
      '+': () => setView(zoomAround(axis, view, middle, 0.6)),
      '=': () => setView(zoomAround(axis, view, middle, 0.6)),
      '-': () => setView(zoomAround(axis, view, middle, 1 / 0.6)),
      '0': () => setView({ from: 0, to: axis.length }),
    };
    const action = handled[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  };

  // React listens to the wheel passively, which could not stop the page from zooming.
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey && Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return;
      event.preventDefault();
      const share = (event.clientX - element.getBoundingClientRect().left - namesPx) / timelinePx;
      setView((now) => {
        const span = now.to - now.from;
        if (event.ctrlKey || event.metaKey)
          return zoomAround(axis, now, now.from + span * Math.max(0, Math.min(1, share)), Math.exp(event.deltaY * 0.002));
        const by = ((event.deltaX || event.deltaY) / timelinePx) * span;
        return clampView(axis, { from: now.from + by, to: now.to + by });
      });
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [axis, namesPx, timelinePx]);

  const dragStart = useRef<number | null>(null);
  const timelineX = (event: PointerEvent) => event.clientX - scroller.current!.getBoundingClientRect().left - namesPx;
  const onPointerDown = (event: PointerEvent) => {
    const x = timelineX(event);
    dragStart.current = event.button === 0 && x >= 0 && x <= timelinePx ? x : null;
  };
  const onPointerMove = (event: PointerEvent) => {
    const x = timelineX(event);
    const line = crosshair.current;
    if (line) {
      line.style.display = x >= 0 && x <= timelinePx ? 'block' : 'none';
      line.style.left = `${namesPx + x}px`;
      line.dataset.time = durationText(toNanos(axis, view.from + (x / timelinePx) * (view.to - view.from)));
    }
    if (dragStart.current !== null && (selection || Math.abs(x - dragStart.current) > 4)) {
      if (!selection) scroller.current?.setPointerCapture(event.pointerId);
      setSelection({ fromPx: Math.min(x, dragStart.current), toPx: Math.max(x, dragStart.current) });
    }
  };
  const onPointerUp = (event: PointerEvent) => {
    if (selection) {
      const at = (px: number) => view.from + (px / timelinePx) * (view.to - view.from);
      setView(clampView(axis, { from: at(Math.max(0, selection.fromPx)), to: at(Math.min(timelinePx, selection.toPx)) }));
    } else if (event.button === 0) {
      const target = event.target as HTMLElement;
      const node = Number(target.closest<HTMLElement>('[data-node]')?.dataset.node ?? NaN);
      if (Number.isInteger(node)) {
        setCursor(node);
        if (target.dataset.caret !== undefined || isMarker(tree, node)) toggle(node);
        else onSelect(node === selected ? null : node);
      }
    }
    dragStart.current = null;
    setSelection(null);
  };

  return (
    <div className={classes.waterfall} ref={sizeRef}>
      <div className={classes.head} style={{ gridTemplateColumns: `${namesPx}px 1fr ${RIGHT_PX}px` }}>
        <SearchCell
          text={search}
          onText={setSearch}
          found={found}
          onGoTo={goTo}
          cursor={cursor}
          onLeave={() => scroller.current?.focus()}
        />
        <Minimap shape={shape} colours={colours} widthPx={timelinePx} view={view} onView={setView} />
        <span />
        <div className={classes.columnHead}>
          <span>Service and operation</span>
          <span className={classes.foldButtons}>
            <button type="button" onClick={() => setCollapsed(new Set())} title="Show all spans">
              expand all
            </button>
            <button type="button" onClick={() => setCollapsed(collapsedBelow(tree, 1))} title="Show only the roots and their children">
              collapse
            </button>
          </span>
        </div>
        <div className={classes.axis}>
          {ticks.map((tick) => (
            <span key={tick.nanos} data-edge={tick.share > 0.93 || undefined} style={{ left: `${tick.share * 100}%` }}>
              {tick.text}
            </span>
          ))}
          {foldLabels(axis, view).map(({ share, width: foldWidth, nanos }) => (
            <span
              key={`fold ${share}`}
              className={classes.fold}
              style={{ left: `${share * 100}%`, width: `${foldWidth * 100}%` }}
              title={`${durationText(nanos)} in which nothing ran`}
            >
              ⋯
            </span>
          ))}
          {view.to - view.from < axis.length * 0.9999 && (
            <button type="button" className={classes.reset} onClick={() => setView({ from: 0, to: axis.length })}>
              whole trace
            </button>
          )}
        </div>
      </div>
      <ColumnHandle leftPx={namesPx} onMove={(px) => setNamesPx(px)} />
      <div
        ref={scroller}
        className={classes.scroller}
        role="tree"
        aria-label={`${trace.spanCount} spans`}
        aria-activedescendant={`${treeId}-${cursor}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerLeave={() => crosshair.current && (crosshair.current.style.display = 'none')}
        onDoubleClick={() => setView({ from: 0, to: axis.length })}
      >
        <div className={classes.content} style={{ height: virtualizer.getTotalSize(), ['--names' as string]: `${namesPx}px` }}>
          {items.map(({ index }) => {
            const node = rows[index]!;
            const marker = isMarker(tree, node);
            const service = marker ? '' : trace.services[trace.service[node]!]!;
            return (
              <NameRow
                // Rows that scroll out lend their elements to those that scroll in: cheaper than making new ones.
                key={index % pool}
                id={`${treeId}-${node}`}
                node={node}
                topPx={index * ROW_PX}
                depth={tree.depth[node]!}
                position={index}
                name={marker ? tree.missingParentIds[node - tree.spanCount]! : trace.name[node]!}
                service={service}
                colour={marker ? 'transparent' : colours.service[trace.service[node]!]!}
                isError={!marker && trace.isError[node] === 1}
                isMarker={marker}
                isCycle={tree.isCycleRoot[node] === 1}
                childCount={childCount(tree, node)}
                hiddenCount={tree.subtreeEnd[tree.position[node]!]! - tree.position[node]! - 1}
                isCollapsed={collapsed.has(node)}
                isSelected={node === selected}
                isCursor={node === cursor}
                isMatch={matches?.has(node) ?? false}
                isFaded={matches !== null && !matches.has(node)}
                durationText={durationText(tree.endNanos[node]! - tree.startNanos[node]!)}
              />
            );
          })}
          <canvas
            ref={canvas}
            className={classes.bars}
            style={{ left: namesPx, top: first * ROW_PX, width: timelinePx, height: count * ROW_PX }}
            aria-hidden="true"
          />
        </div>
      </div>
      <div ref={crosshair} className={classes.crosshair} />
      {selection && (
        <div className={classes.zoomSelection} style={{ left: namesPx + selection.fromPx, width: selection.toPx - selection.fromPx }} />
      )}
    </div>
  );
}

/** Where folded gaps lie in the view. */
function foldLabels(axis: TimeAxis, view: AxisView): { share: number; width: number; nanos: number }[] {
  const width = view.to - view.from;
  return axis.pieces
    .filter((piece) => piece.isFolded && piece.axisEnd > view.from && piece.axisStart < view.to)
    .map((piece) => ({
      share: (piece.axisStart - view.from) / width,
      width: (piece.axisEnd - piece.axisStart) / width,
      nanos: piece.endNanos - piece.startNanos,
    }));
}

/** Drags the border between names and bars; arrow keys move it too. */
function ColumnHandle({ leftPx, onMove }: { leftPx: number; onMove: (px: number) => void }) {
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    onMove(event.clientX - event.currentTarget.parentElement!.getBoundingClientRect().left);
  };
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the names"
      aria-valuenow={Math.round(leftPx)}
      tabIndex={0}
      className={classes.columnHandle}
      style={{ left: leftPx - 3 }}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={(event) => {
        if (event.key === 'ArrowLeft') onMove(leftPx - 20);
        if (event.key === 'ArrowRight') onMove(leftPx + 20);
      }}
    />
  );
}
