import { useElementSize } from '@mantine/hooks';
import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatNanos } from '../../format/duration';
import { formatDateTime } from '../../format/time';
import { timeAxisText, useChartColours } from '../../logs/view/chartColours';
import { useServiceColour } from '../paintColours';
import classes from '../Traces.module.css';
import { nearestPoint } from './nearestPoint';
import type { FoundTrace } from './searchAnswer';
import { chartDate } from '../../time/zone';

const SCATTER_PX = 168;
const POINT_PX = 3.5;
/** How near the pointer must be to a point to mean it. */
const REACH_PX = 24;

/** Leaves one grid line for each power of ten. */
const powersOfTen = (_plot: uPlot, splits: number[]) =>
  splits.map((v) => (Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-6 ? v : null));

interface Props {
  traces: readonly FoundTrace[];
  startMs: number;
  endMs: number;
  onOpen: (trace: FoundTrace) => void;
  onZoom: (startMs: number, endMs: number) => void;
  /** A double click beside the points asked for the span before. */
  onZoomBack: () => void;
}

/** Each trace as a point: when it began and how long it took. A click opens it, dragging zooms in time, a double click beside the points goes back. */
export function Scatter({ traces, startMs, endMs, onOpen, onZoom, onZoomBack }: Props) {
  const { ref, width } = useElementSize();
  const host = useRef<HTMLDivElement>(null);
  const colours = useChartColours();
  const colourOf = useServiceColour();
  const [hover, setHover] = useState<{ trace: FoundTrace; x: number; y: number } | null>(null);
  const latest = useRef({ onOpen, onZoom, onZoomBack, hover });
  latest.current = { onOpen, onZoom, onZoomBack, hover };
  const byStart = useMemo(() => [...traces].sort((a, b) => a.startMs - b.startMs), [traces]);

  useEffect(() => {
    if (!host.current || width === 0) return;
    const drawPoints = (u: uPlot) => {
      const { ctx } = u;
      const ratio = window.devicePixelRatio || 1;
      ctx.save();
      ctx.beginPath();
      // A point at the edge of the range is drawn whole.
      const reach = (POINT_PX + 3) * ratio;
      ctx.rect(u.bbox.left - reach, u.bbox.top - reach, u.bbox.width + 2 * reach, u.bbox.height + 2 * reach);
      ctx.clip();
      for (const trace of byStart) {
        const x = u.valToPos(trace.startMs / 1000, 'x', true);
        const y = u.valToPos(Math.max(trace.durationMs, 0.5), 'y', true);
        ctx.beginPath();
        ctx.arc(x, y, POINT_PX * ratio, 0, 2 * Math.PI);
        ctx.globalAlpha = 0.75;
        ctx.fillStyle = colourOf(trace.rootService);
        ctx.fill();
        ctx.globalAlpha = 1;
        if (trace.errorCount > 0) {
          ctx.lineWidth = 1.75 * ratio;
          ctx.strokeStyle = colours.error;
          ctx.beginPath();
          ctx.arc(x, y, (POINT_PX + 1.5) * ratio, 0, 2 * Math.PI);
          ctx.stroke();
        }
      }
      ctx.restore();
    };
    const plot = new uPlot(
      {
        width,
        height: SCATTER_PX,
        padding: [10, 20, 0, 0],
        legend: { show: false },
        tzDate: chartDate,
        cursor: {
          points: { show: false },
          drag: { x: true, y: false, setScale: false },
          bind: {
            dblclick: () => () => {
              // On a point its clicks have opened the trace.
              if (latest.current.hover === null) latest.current.onZoomBack();
              return null;
            },
          },
        },
        scales: {
          x: { time: true, range: [startMs / 1000, endMs / 1000] },
          // Durations spread over orders of magnitude.
          y: {
            distr: 3,
            range: (_u, min, max) => [
              10 ** Math.floor(Math.log10(Math.max(0.5, min || 1))),
              10 ** Math.ceil(Math.log10(Math.max(2, (max || 1) * 1.1))),
            ],
          },
        },
        axes: [
          {
            stroke: colours.text,
            font: colours.font,
            size: 22,
            gap: 2,
            ticks: { show: false },
            grid: { stroke: colours.grid, width: 1 },
            values: timeAxisText,
          },
          {
            stroke: colours.text,
            font: colours.font,
            size: 60,
            gap: 4,
            ticks: { show: false },
            grid: { stroke: colours.grid, width: 1, filter: powersOfTen },
            filter: powersOfTen,
            values: (_u, splits) => splits.map((v) => (v ? formatNanos(v * 1e6) : '')),
          },
        ],
        series: [{}, { stroke: 'transparent', paths: () => null, points: { show: false } }],
        hooks: {
          draw: [drawPoints],
          setCursor: [
            (u) => {
              const { left = -1, top = -1 } = u.cursor;
              const at =
                left < 0
                  ? -1
                  : nearestPoint(
                      byStart.map((t) => [u.valToPos(t.startMs / 1000, 'x'), u.valToPos(Math.max(t.durationMs, 0.5), 'y')]),
                      left,
                      top,
                      REACH_PX,
                    );
              const trace = byStart[at];
              setHover(
                trace
                  ? {
                      trace,
                      x: u.over.offsetLeft + u.valToPos(trace.startMs / 1000, 'x'),
                      y: u.over.offsetTop + u.valToPos(Math.max(trace.durationMs, 0.5), 'y'),
                    }
                  : null,
              );
            },
          ],
          setSelect: [
            (u) => {
              if (u.select.width < 4) return;
              latest.current.onZoom(u.posToVal(u.select.left, 'x') * 1000, u.posToVal(u.select.left + u.select.width, 'x') * 1000);
              u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      [byStart.map((t) => t.startMs / 1000), byStart.map((t) => Math.max(t.durationMs, 0.5))],
      host.current,
    );
    let downX = 0;
    plot.over.addEventListener('mousedown', (event) => (downX = event.clientX));
    plot.over.addEventListener('click', (event) => {
      const { hover: now, onOpen: open } = latest.current;
      if (now && Math.abs(event.clientX - downX) < 4) open(now.trace);
    });
    return () => plot.destroy();
  }, [byStart, width, startMs, endMs, colours, colourOf]);

  return (
    <div
      ref={ref}
      className={classes.scatter}
      style={{ minHeight: SCATTER_PX }}
      data-hover={hover ? '' : undefined}
      onPointerLeave={() => setHover(null)}
    >
      <div ref={host} aria-hidden="true" />
      {hover && (
        <>
          <span className={classes.halo} style={{ left: hover.x, top: hover.y }} />
          <div className={classes.tip} style={{ left: hover.x, top: hover.y }} data-left={hover.x > width - 260 || undefined}>
            <b>{formatNanos(hover.trace.durationMs * 1e6)}</b> {hover.trace.rootService} · {hover.trace.rootName}
            <br />
            <span className={classes.dim}>
              {formatDateTime(hover.trace.startMs)}
              {hover.trace.spanCount !== null && ` · ${hover.trace.spanCount} spans`}
            </span>
            {hover.trace.errorCount > 0 && (
              <span className={classes.errors}>
                {' '}
                · ! {hover.trace.errorCount} {hover.trace.errorCount === 1 ? 'error' : 'errors'}
              </span>
            )}
          </div>
        </>
      )}
    </div>
  );
}
