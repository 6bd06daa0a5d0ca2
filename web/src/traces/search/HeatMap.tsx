import { useElementSize } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import type { MouseEvent } from 'react';
import { messageOf } from '../../api/http';
import { tempoMetricsRange } from '../../api/tempo';
import { timeLabel } from '../../charts/axes';
import { formatSeconds } from '../../format/duration';
import { formatCount } from '../../format/number';
import { formatDateTime } from '../../format/time';
import { useScheme } from '../../theme/useScheme';
import { useCanvas } from '../waterfall/useCanvas';
import classes from './HeatMap.module.css';
import { heatOf } from './heat';
import type { Heat } from './heat';

const HEIGHT_PX = 168;
const LEFT_PX = 60;
const FOOT_PX = 22;
const RIGHT_PX = 20;
const COLUMN_PX = 12;
/** A cell with a single span is to be seen. */
const LEAST_ALPHA = 0.12;
const STEPS_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400];

interface Props {
  /** TraceQL that finds spans. */
  query: string;
  startMs: number;
  endMs: number;
  tick: number;
  /** A cell was chosen: spans that took more than `above` and up to `upTo` seconds, and ended between the two times. */
  onCell: (above: number, upTo: number, startMs: number, endMs: number) => void;
}

/** How long the spans found took, over time: the darker a cell, the more spans. Counts all of them, not only those of the traces in the list. */
export function HeatMap({ query, startMs, endMs, tick, onCell }: Props) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const scheme = useScheme();
  const plotPx = Math.max(0, width - LEFT_PX - RIGHT_PX);
  const wanted = (endMs - startMs) / 1000 / Math.max(10, plotPx / COLUMN_PX);
  const stepSeconds = STEPS_SECONDS.find((step) => step >= wanted) ?? 86_400;
  const { data, error, isPending, isFetching } = useQuery({
    queryKey: ['trace-heat', query, startMs, endMs, stepSeconds, tick],
    enabled: width > 0,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => ({ heat: heatOf(await tempoMetricsRange({ query: `${query} | histogram_over_time(duration)`, startMs, endMs, stepSeconds }, { signal }), stepSeconds), startMs, endMs }),
  });
  const heat = data?.heat ?? null;
  const [near, setNear] = useState<Cell | null>(null);
  const shape = useMemo(() => (heat === null || data === undefined ? null : shapeOf(heat, data.startMs, data.endMs, plotPx)), [heat, data, plotPx]);

  const paint = useCallback(
    (ctx: CanvasRenderingContext2D) => {
      ctx.clearRect(0, 0, plotPx, HEIGHT_PX - FOOT_PX);
      if (heat === null || shape === null) return;
      ctx.fillStyle = scheme === 'light' ? '#5048bb' : '#a9a3f0';
      heat.counts.forEach((row, r) =>
        row.forEach((count, c) => {
          if (count === 0) return;
          ctx.globalAlpha = LEAST_ALPHA + (1 - LEAST_ALPHA) * Math.sqrt(count / heat.most);
          const { x, y, w, h } = shape.rect(r, c);
          ctx.fillRect(x, y, Math.max(1, w - 1), Math.max(1, h - 1));
        }),
      );
      ctx.globalAlpha = 1;
    },
    [heat, shape, plotPx, scheme],
  );
  const canvas = useCanvas(plotPx, HEIGHT_PX - FOOT_PX, paint);

  const cellAt = (event: MouseEvent): Cell | null => {
    if (heat === null || shape === null) return null;
    const box = event.currentTarget.getBoundingClientRect();
    return shape.cellAt(event.clientX - box.left, event.clientY - box.top);
  };

  return (
    <div ref={ref} className={classes.heat} style={{ height: HEIGHT_PX }}>
      {error !== null ? (
        <p className={classes.note} role="alert">
          {messageOf(error)}
        </p>
      ) : isPending ? (
        <div className={`skeleton ${classes.waiting}`} />
      ) : heat === null || shape === null ? (
        <p className={classes.note}>No span in this time range</p>
      ) : (
        <div className="dim-while-loading" data-loading={isFetching}>
          {shape.bounds.map(({ text, y }) => (
            <span key={text} className={`num ${classes.bound}`} style={{ top: y }}>
              {text}
            </span>
          ))}
          <div
            className={classes.plot}
            style={{ left: LEFT_PX, width: plotPx, height: HEIGHT_PX - FOOT_PX }}
            role="img"
            aria-label={`Durations of ${formatCount(heat.total)} spans over time, from ${formatSeconds(heat.bounds[0]! / 2)} to ${formatSeconds(heat.bounds.at(-1)!)}`}
            onMouseMove={(event) => setNear(cellAt(event))}
            onMouseLeave={() => setNear(null)}
            onClick={(event) => {
              const cell = cellAt(event);
              const range = cell && shape.rangeOf(cell);
              if (range) onCell(range.above, range.upTo, range.startMs, range.endMs);
            }}
          >
            <canvas ref={canvas} style={{ width: plotPx, height: HEIGHT_PX - FOOT_PX }} aria-hidden />
            {near !== null && <Tip heat={heat} cell={near} shape={shape} plotPx={plotPx} />}
          </div>
          {shape.times.map(({ text, x }) => (
            <span key={x} className={`num ${classes.time}`} style={{ left: LEFT_PX + x }}>
              {text}
            </span>
          ))}
        </div>
      )}
    </div>
  );
}

interface Cell {
  row: number;
  column: number;
}

interface Shape {
  rect: (row: number, column: number) => { x: number; y: number; w: number; h: number };
  cellAt: (x: number, y: number) => Cell | null;
  rangeOf: (cell: Cell) => { above: number; upTo: number; startMs: number; endMs: number };
  bounds: { text: string; y: number }[];
  times: { text: string; x: number }[];
}

/** Where cells lie: time from left to right, durations from below, a row for each doubling. */
function shapeOf(heat: Heat, startMs: number, endMs: number, plotPx: number): Shape {
  const heightPx = HEIGHT_PX - FOOT_PX;
  const rows = heat.bounds.length;
  const h = Math.min(24, heightPx / rows);
  const perMs = plotPx / (endMs - startMs);
  const xOf = (ms: number) => Math.max(0, Math.min(plotPx, (ms - startMs) * perMs));
  const rect = (row: number, column: number) => {
    const to = heat.columnEndsMs[column]!;
    const x = xOf(to - heat.stepMs);
    return { x, y: heightPx - (row + 1) * h, w: xOf(to) - x, h };
  };
  const every = Math.ceil(20 / h);
  const incrementMs = timeStepMs((endMs - startMs) / Math.max(2, plotPx / 90));
  const times = [];
  for (let at = Math.ceil(startMs / incrementMs) * incrementMs; at < endMs; at += incrementMs) times.push({ text: timeLabel(at / 1000, incrementMs / 1000), x: xOf(at) });
  return {
    rect,
    times,
    bounds: heat.bounds.flatMap((bound, row) => (row % every === 0 ? [{ text: formatSeconds(bound, 2), y: heightPx - (row + 1) * h }] : [])),
    cellAt: (x, y) => {
      const row = Math.floor((heightPx - y) / h);
      const column = heat.columnEndsMs.findIndex((to) => x < xOf(to));
      return row >= 0 && row < rows && column >= 0 && x >= rect(row, column).x && heat.counts[row]![column]! > 0 ? { row, column } : null;
    },
    rangeOf: ({ row, column }) => ({ above: heat.bounds[row]! / 2, upTo: heat.bounds[row]!, startMs: heat.columnEndsMs[column]! - heat.stepMs, endMs: heat.columnEndsMs[column]! }),
  };
}

function timeStepMs(wantedMs: number): number {
  return 1000 * (STEPS_SECONDS.find((step) => step * 1000 >= wantedMs) ?? 86_400);
}

function Tip({ heat, cell, shape, plotPx }: { heat: Heat; cell: Cell; shape: Shape; plotPx: number }) {
  const { x, y, w, h } = shape.rect(cell.row, cell.column);
  const { above, upTo, startMs } = shape.rangeOf(cell);
  const count = heat.counts[cell.row]![cell.column]!;
  return (
    <>
      <i className={classes.near} style={{ left: x, top: y, width: w, height: h }} />
      <div className={classes.tip} style={{ left: x, top: Math.max(0, y - 20) }} data-left={x > plotPx / 2 || undefined}>
        <b>{formatCount(count)}</b> {count === 1 ? 'span' : 'spans'} of {formatSeconds(above, 2)} to {formatSeconds(upTo, 2)}
        <br />
        <span className="dimmed">{formatDateTime(startMs)}; click to search them</span>
      </div>
    </>
  );
}
