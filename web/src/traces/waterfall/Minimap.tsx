import { useCallback, useRef, useState } from 'react';
import type { PointerEvent } from 'react';
import { clampView } from './timeAxis';
import type { AxisView } from './timeAxis';
import { paintMinimap } from './paint';
import type { PaintColours, TraceShape } from './paint';
import { useCanvas } from './useCanvas';
import classes from './Waterfall.module.css';

export const MINIMAP_PX = 48;

interface Drag {
  mode: 'select' | 'pan' | 'from' | 'to';
  startX: number;
  startView: AxisView;
}

interface Props {
  shape: TraceShape;
  colours: PaintColours;
  widthPx: number;
  view: AxisView;
  onView: (view: AxisView) => void;
}

/** The whole trace small. Dragging selects what the waterfall shows; the selection can be moved and resized. */
export function Minimap({ shape, colours, widthPx, view, onView }: Props) {
  const { axis } = shape;
  const paint = useCallback(
    (ctx: CanvasRenderingContext2D) => paintMinimap(ctx, shape, colours, widthPx, MINIMAP_PX),
    [shape, colours, widthPx],
  );
  const canvas = useCanvas(widthPx, MINIMAP_PX, paint);
  const drag = useRef<Drag | null>(null);
  const [selection, setSelection] = useState<AxisView | null>(null);
  const isZoomed = view.to - view.from < axis.length * 0.9999;
  const percent = (at: number) => `${((at / axis.length) * 100).toFixed(4)}%`;
  const axisAt = (clientX: number, element: HTMLElement) => {
    const box = element.getBoundingClientRect();
    return Math.max(0, Math.min(1, (clientX - box.left) / box.width)) * axis.length;
  };

  const start = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    const handle = (event.target as HTMLElement).dataset.handle as Drag['mode'] | undefined;
    drag.current = { mode: handle ?? 'select', startX: axisAt(event.clientX, event.currentTarget), startView: view };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent<HTMLDivElement>) => {
    const current = drag.current;
    if (!current) return;
    const at = axisAt(event.clientX, event.currentTarget);
    const by = at - current.startX;
    const { from, to } = current.startView;
    if (current.mode === 'pan') onView(clampView(axis, { from: from + by, to: to + by }));
    else if (current.mode === 'from') onView(clampView(axis, { from: Math.min(at, to), to }));
    else if (current.mode === 'to') onView(clampView(axis, { from, to: Math.max(at, from) }));
    else setSelection({ from: Math.min(at, current.startX), to: Math.max(at, current.startX) });
  };
  const end = () => {
    if (drag.current?.mode === 'select' && selection && selection.to - selection.from > axis.length * 0.003)
      onView(clampView(axis, selection));
    drag.current = null;
    setSelection(null);
  };

  return (
    <div
      className={classes.minimap}
      style={{ height: MINIMAP_PX }}
      title="Drag to zoom, double click to see all"
      onPointerDown={start}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={end}
      onDoubleClick={() => onView({ from: 0, to: axis.length })}
    >
      <canvas ref={canvas} style={{ width: widthPx, height: MINIMAP_PX }} />
      {isZoomed && (
        <>
          <div className={classes.shade} style={{ left: 0, width: percent(view.from) }} />
          <div className={classes.shade} style={{ left: percent(view.to), right: 0 }} />
          <div className={classes.window} data-handle="pan" style={{ left: percent(view.from), width: percent(view.to - view.from) }}>
            <div className={classes.handle} data-handle="from" style={{ left: -4 }} />
            <div className={classes.handle} data-handle="to" style={{ right: -4 }} />
          </div>
        </>
      )}
      {selection && (
        <div className={classes.selection} style={{ left: percent(selection.from), width: percent(selection.to - selection.from) }} />
      )}
    </div>
  );
}
