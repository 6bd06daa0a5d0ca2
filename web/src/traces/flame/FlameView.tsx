import { useElementSize } from '@mantine/hooks';
import { useCallback, useMemo, useState } from 'react';
import type { KeyboardEvent, MouseEvent } from 'react';
import controls from '../../controls/Controls.module.css';
import { formatNanos } from '../../format/duration';
import { formatCount, formatPercent } from '../../format/number';
import type { PaintColours, TraceShape } from '../waterfall/paint';
import { useCanvas } from '../waterfall/useCanvas';
import { boxAt, flameOf, visibleBoxes } from './flame';
import type { Flame } from './flame';
import classes from './Flame.module.css';
import { hotspots } from './hotspots';

const BOX_PX = 20;
const FONT = '11px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace';
/** About what a letter of that font is wide. */
const LETTER_PX = 6.7;
const MOST_ROWS = 60;
/** A canvas has bounds, and a screen sooner: deeper boxes are reached by enlarging one above them. */
const MOST_LEVELS = 200;
/** Callers that stay in sight above an enlarged box. */
const CALLERS_SHOWN = 6;

interface Props {
  shape: TraceShape;
  colours: PaintColours;
  /** Opens a span's details. */
  onSelect: (node: number) => void;
}

/** Where the time of a trace went: its spans put together by name under their callers, and what each name took by itself. */
export function FlameView({ shape: { trace, tree, selfNanos }, colours, onSelect }: Props) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const flame = useMemo(() => flameOf(trace, tree, selfNanos), [trace, tree, selfNanos]);
  const spots = useMemo(() => hotspots(flame), [flame]);
  const [zoomed, setZoomed] = useState<number | null>(null);
  const [text, setText] = useState('');
  const [near, setNear] = useState<{ box: number; x: number; y: number } | null>(null);
  const from = zoomed === null ? 0 : flame.left[zoomed]!;
  const to = zoomed === null ? Math.max(1, extent(flame)) : from + flame.width[zoomed]!;
  const serviceOf = (box: number) => (flame.service[box]! === -1 ? '' : trace.services[flame.service[box]!]!);
  const topLevel = zoomed === null ? 0 : Math.max(0, flame.depth[zoomed]! - CALLERS_SHOWN);
  const levels = Math.min(MOST_LEVELS, deepestIn(flame, zoomed) - topLevel + 1);
  const heightPx = levels * BOX_PX;

  const paint = useCallback(
    (ctx: CanvasRenderingContext2D) => {
      ctx.clearRect(0, 0, width, heightPx);
      ctx.font = FONT;
      ctx.textBaseline = 'middle';
      const needle = text.trim().toLowerCase();
      const perNano = width / (to - from);
      const above = new Set<number>();
      for (let box = zoomed ?? -1; box !== -1; box = flame.parent[box]!) above.add(box);
      for (const box of visibleBoxes(flame, from, to, width)) {
        const level = flame.depth[box]! - topLevel;
        if (level < 0 || level >= levels) continue;
        const x = Math.max(0, (flame.left[box]! - from) * perNano);
        const right = Math.min(width, (flame.left[box]! + flame.width[box]! - from) * perNano);
        const y = level * BOX_PX;
        const service = flame.service[box]!;
        const isFound = needle === '' || flame.name[box]!.toLowerCase().includes(needle) || (service !== -1 && trace.services[service]!.toLowerCase().includes(needle));
        const colour = service === -1 ? colours.grid : colours.service[service]!;
        ctx.globalAlpha = isFound ? (above.has(box) && box !== zoomed ? 0.35 : 0.9) : 0.15;
        ctx.fillStyle = colour;
        ctx.fillRect(x, y, Math.max(0.5, right - x - 1), BOX_PX - 1);
        if (flame.errors[box]! > 0) {
          ctx.fillStyle = colours.error;
          ctx.fillRect(x, y + BOX_PX - 4, Math.max(0.5, right - x - 1), 3);
        }
        ctx.globalAlpha = isFound ? 1 : 0.4;
        const letters = Math.floor((right - x - 8) / LETTER_PX);
        if (letters < 3) continue;
        const label = flame.spans[box]! > 1 ? `${flame.name[box]!} ×${flame.spans[box]!}` : flame.name[box]!;
        ctx.fillStyle = service === -1 ? colours.text : textOn(colour);
        ctx.fillText(label.length > letters ? `${label.slice(0, letters - 1)}…` : label, x + 4, y + BOX_PX / 2);
      }
      ctx.globalAlpha = 1;
    },
    [flame, trace, from, to, zoomed, topLevel, levels, width, heightPx, text, colours],
  );
  const canvas = useCanvas(width, heightPx, paint);

  const boxUnder = (event: MouseEvent) => {
    const area = event.currentTarget.getBoundingClientRect();
    return boxAt(flame, topLevel + Math.floor((event.clientY - area.top) / BOX_PX), from + ((event.clientX - area.left) / width) * (to - from));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || zoomed === null) return;
    event.preventDefault();
    setZoomed(null);
  };

  return (
    <div className={classes.view} onKeyDown={onKeyDown}>
      <div className={classes.tools}>
        <input className={controls.input} type="search" data-page-search="" placeholder="Find names   /" aria-label="Find in the flame graph" value={text} onChange={(event) => setText(event.currentTarget.value)} />
        {zoomed === null ? (
          <span className="dimmed">As wide as spans take together; a click enlarges.</span>
        ) : (
          <>
            <b className="ellipsis">
              {serviceOf(zoomed)} {flame.name[zoomed]}
            </b>
            <button type="button" className={controls.button} onClick={() => setZoomed(null)}>
              Whole trace
            </button>
            {flame.longest[zoomed]! < tree.spanCount && (
              <button type="button" className={controls.button} onClick={() => onSelect(flame.longest[zoomed]!)}>
                {flame.spans[zoomed] === 1 ? 'Open this span' : 'Open the longest of its spans'}
              </button>
            )}
          </>
        )}
      </div>
      <div className={classes.scroller}>
        <div
          ref={ref}
          className={classes.plot}
          style={{ height: heightPx }}
          role="img"
          aria-label={`Flame graph of ${formatCount(trace.spanCount)} spans; the table below tells the same in words`}
          onMouseMove={(event) => {
            const box = boxUnder(event);
            setNear(box === null ? null : { box, x: event.clientX, y: event.clientY });
          }}
          onMouseLeave={() => setNear(null)}
          onClick={(event) => {
            const box = boxUnder(event);
            if (box !== null) setZoomed(box === zoomed ? null : box);
          }}
        >
          <canvas ref={canvas} style={{ width, height: heightPx }} aria-hidden />
        </div>
        {levels === MOST_LEVELS && <p className="dimmed">The first {MOST_LEVELS} levels; enlarge a box at the foot to see what is below it.</p>}
        <table className={classes.table}>
          <caption>By its own time, without what it waited for</caption>
          <thead>
            <tr>
              <th>Operation</th>
              <th>Self</th>
              <th>Total</th>
              <th>Spans</th>
              <th>Errors</th>
            </tr>
          </thead>
          <tbody>
            {spots.slice(0, MOST_ROWS).map((spot) => (
              <tr key={`${spot.service} ${spot.name}`}>
                <td>
                  <i style={{ background: spot.service === -1 ? 'transparent' : colours.service[spot.service] }} aria-hidden />
                  <button type="button" disabled={spot.longest >= tree.spanCount} onClick={() => onSelect(spot.longest)} title="Open the longest of its spans">
                    {spot.name}
                  </button>{' '}
                  <span className="dimmed">{spot.service === -1 ? '' : trace.services[spot.service]}</span>
                </td>
                <td className="num">
                  {formatNanos(spot.selfNanos)} <span className="dimmed">{formatPercent(trace.durationNanos > 0 ? spot.selfNanos / trace.durationNanos : 0, 2)}</span>
                </td>
                <td className="num">{formatNanos(spot.totalNanos)}</td>
                <td className="num">{formatCount(spot.spans)}</td>
                <td className="num">{spot.errors > 0 ? <b>! {formatCount(spot.errors)}</b> : <span className="dimmed">0</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {spots.length > MOST_ROWS && <p className="dimmed">The first {MOST_ROWS} of {formatCount(spots.length)}.</p>}
      </div>
      {near !== null && (
        <div className={classes.tip} style={{ left: near.x, top: near.y }} data-left={near.x > window.innerWidth / 2 || undefined}>
          <b>{flame.name[near.box]}</b> <span className="dimmed">{serviceOf(near.box)}</span>
          <br />
          {formatCount(flame.spans[near.box]!)} {flame.spans[near.box] === 1 ? 'span' : 'spans'}, {formatNanos(flame.totalNanos[near.box]!)} together, {formatNanos(flame.selfNanos[near.box]!)} by itself
          {flame.errors[near.box]! > 0 && <b className={classes.bad}> ! {formatCount(flame.errors[near.box]!)} failed</b>}
        </div>
      )}
    </div>
  );
}

function extent(flame: Flame): number {
  let right = 0;
  for (let box = 0; box < flame.count; box = flame.end[box]!) right = Math.max(right, flame.left[box]! + flame.width[box]!);
  return right;
}

/** The deepest level of the trace, or of what hangs below a box. */
function deepestIn(flame: Flame, box: number | null): number {
  if (box === null) return flame.deepest;
  let deepest = flame.depth[box]!;
  for (let at = box; at < flame.end[box]!; at++) deepest = Math.max(deepest, flame.depth[at]!);
  return deepest;
}

/** Black or white, whichever can be read on the colour. */
function textOn(colour: string): string {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return 0.299 * r! + 0.587 * g! + 0.114 * b! > 140 ? '#16161a' : '#fcfcfd';
}
