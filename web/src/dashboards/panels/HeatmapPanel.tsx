import { useEffect, useMemo, useRef, useState } from 'react';
import { timeLabel } from '../../charts/axes';
import { formatDateTime } from '../../format/time';
import { useScheme } from '../../theme/useScheme';
import type { Scheme } from '../../theme/useScheme';
import { colourNamed, mixed } from '../look/colours';
import { formatUnit, joined } from '../look/units';
import { flagOf, numberOf, objectOf, textOf } from '../model/json';
import { heatGrid } from './heatmapGrid';
import { NoValues } from './NoValues';
import type { PanelProps } from './panelProps';
import classes from './Panels.module.css';

const BOTTOM_PX = 20;

/** From nothing to most: named as Grafana names its schemes, light to dark on light ground, dark to light on dark. */
const SCHEMES: Readonly<Record<string, string>> = { Oranges: 'orange', Reds: 'red', Blues: 'blue', Greens: 'green', Purples: 'purple', Greys: '#8a8a98', YlOrRd: 'red', YlOrBr: 'orange', Spectral: 'purple' };

function rowOfColours(name: string, fill: string, mode: string, scheme: Scheme): string[] {
  const ground = scheme === 'dark' ? '#222228' : '#f1f1f5';
  const hue = mode === 'opacity' ? fill : (SCHEMES[name] ?? 'orange');
  const colour = colourNamed(hue, scheme);
  if (hue.startsWith('#') || mode === 'opacity') return [ground, colour];
  return scheme === 'dark' ? [ground, colourNamed(`dark-${hue}`, scheme), colour, colourNamed(`super-light-${hue}`, scheme)] : [ground, colourNamed(`super-light-${hue}`, scheme), colour, colourNamed(`dark-${hue}`, scheme)];
}

/** How often values of each size occur, over time. */
export default function HeatmapPanel({ panel, frames, width, height, startMs, endMs, onZoom, onZoomBack }: PanelProps) {
  const scheme = useScheme();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [over, setOver] = useState<{ x: number; y: number } | null>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const colour = objectOf(panel.options['color']);
  const yAxis = objectOf(panel.options['yAxis']);
  const grid = useMemo(() => heatGrid(frames, flagOf(panel.options['calculate'])), [frames, panel]);
  const row = useMemo(() => rowOfColours(textOf(colour['scheme']) || 'Oranges', textOf(colour['fill']) || 'dark-orange', textOf(colour['mode']), scheme), [colour, scheme]);
  const exponent = numberOf(colour['exponent']) ?? 0.5;
  const least = numberOf(objectOf(panel.options['filterValues'])['le']) ?? 1e-9;
  const unit = textOf(yAxis['unit']) || panel.fieldConfig.defaults.unit;
  const reverse = flagOf(yAxis['reverse']);
  const names = useMemo(() => (grid?.rows ?? []).map((name) => (Number.isNaN(Number(name)) ? name : joined(formatUnit(Number(name), unit, numberOf(yAxis['decimals']))))), [grid, unit, yAxis]);
  const left = Math.min(width * 0.3, Math.max(40, ...names.map((name) => name.length * 6.2 + 10)));
  const w = Math.max(10, width - left - 6);
  const h = Math.max(10, height - BOTTOM_PX);
  const gap = numberOf(panel.options['cellGap']) ?? 1;

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context == null || grid === null) return;
    const ratio = devicePixelRatio;
    context.canvas.width = Math.round(w * ratio);
    context.canvas.height = Math.round(h * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, w, h);
    const tall = h / grid.rows.length;
    grid.cells.forEach((cells, r) => {
      const y = reverse ? r * tall : h - (r + 1) * tall;
      cells.forEach((value, t) => {
        if (value === null || value <= least) return;
        const x0 = ((grid.times[t]! - grid.stepMs - startMs) / (endMs - startMs)) * w;
        const x1 = ((grid.times[t]! - startMs) / (endMs - startMs)) * w;
        context.fillStyle = mixed(row, 0.12 + 0.88 * (value / (grid.most || 1)) ** exponent);
        const space = x1 - x0 > 3 ? gap / 2 : 0;
        context.fillRect(x0, y + gap / 4, Math.max(0.8, x1 - x0 - space), Math.max(0.8, tall - gap / 2));
      });
    });
  }, [grid, row, exponent, least, w, h, startMs, endMs, reverse, gap]);

  if (grid === null || grid.most === 0) return <NoValues panel={panel} />;
  const timeAt = (x: number) => startMs + (x / w) * (endMs - startMs);
  const hit = over === null ? null : hitAt(over.x, over.y);
  function hitAt(x: number, y: number) {
    const r = Math.floor(((reverse ? y : h - y) / h) * grid!.rows.length);
    const time = timeAt(x);
    const t = grid!.times.findIndex((at) => at >= time);
    return r < 0 || r >= grid!.rows.length || t < 0 ? null : { name: names[r]!, time: grid!.times[t]!, value: grid!.cells[r]![t] ?? null };
  }
  const each = Math.max(1, Math.ceil(names.length / (h / 16)));
  const ticks = timeTicks(startMs, endMs, w / 90);
  return (
    <div className={classes.canvasHost} style={{ width, height }}>
      <canvas
        ref={canvas}
        style={{ position: 'absolute', left, top: 0, width: w, height: h, cursor: 'crosshair' }}
        role="img"
        aria-label={`${panel.title}: heat map of ${grid.rows.length} buckets over time`}
        onPointerMove={(event) => {
          const { offsetX, offsetY } = event.nativeEvent;
          setOver({ x: offsetX, y: offsetY });
          if (drag !== null) setDrag({ ...drag, to: offsetX });
        }}
        onPointerLeave={() => setOver(null)}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ from: event.nativeEvent.offsetX, to: event.nativeEvent.offsetX });
        }}
        onPointerUp={() => {
          if (drag !== null && Math.abs(drag.to - drag.from) > 4) onZoom(Math.round(timeAt(Math.min(drag.from, drag.to))), Math.round(timeAt(Math.max(drag.from, drag.to))));
          setDrag(null);
        }}
        onDoubleClick={onZoomBack}
      />
      {drag !== null && <div style={{ position: 'absolute', pointerEvents: 'none', left: left + Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from), top: 0, height: h, background: 'var(--chosen)' }} />}
      <svg className={classes.svg} width={width} height={height} style={{ pointerEvents: 'none', position: 'absolute', inset: 0 }} aria-hidden>
        {names.map((name, r) =>
          r % each !== 0 ? null : (
            <text key={r} x={left - 6} y={(reverse ? (r + 0.5) * (h / names.length) : h - (r + 0.5) * (h / names.length)) + 4} textAnchor="end">
              {name}
            </text>
          ),
        )}
        {ticks.map(({ ms, label }) => (
          <text key={ms} x={left + ((ms - startMs) / (endMs - startMs)) * w} y={height - 5} textAnchor="middle">
            {label}
          </text>
        ))}
      </svg>
      {hit !== null && over !== null && hit.value !== null && (
        <div className={classes.hover} style={{ left: Math.min(width - 190, left + over.x + 12), top: Math.max(0, Math.min(height - 48, over.y + 8)) }} aria-hidden>
          <span>{formatDateTime(hit.time)}</span>
          <b>
            {hit.name}: {joined(formatUnit(hit.value, panel.fieldConfig.defaults.unit === unit ? 'short' : panel.fieldConfig.defaults.unit, null))}
          </b>
        </div>
      )}
    </div>
  );
}

const STEPS_S = [1, 5, 15, 30, 60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000];

/** Round times for an axis, in the browser's zone. */
export function timeTicks(startMs: number, endMs: number, most: number): { ms: number; label: string }[] {
  const wanted = (endMs - startMs) / 1000 / Math.max(1, most);
  const step = STEPS_S.find((one) => one >= wanted) ?? 2_592_000;
  const zone = new Date(startMs).getTimezoneOffset() * 60;
  const ticks: { ms: number; label: string }[] = [];
  for (let at = Math.ceil((startMs / 1000 - zone) / step) * step + zone; at * 1000 <= endMs; at += step) ticks.push({ ms: at * 1000, label: timeLabel(at, step) });
  return ticks;
}
