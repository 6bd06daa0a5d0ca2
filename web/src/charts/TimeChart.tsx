import 'uplot/dist/uPlot.min.css';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import { formatDateTime } from '../format/time';
import { formatValue } from '../format/units';
import type { Unit } from '../format/units';
import { useScheme } from '../theme/useScheme';
import { chartDate } from '../time/zone';
import { axesOf, valueRange } from './axes';
import { ExemplarMarks } from './ExemplarMarks';
import type { PlotArea } from './ExemplarMarks';
import { maxWithExemplars, thinned } from './exemplars';
import type { Exemplar } from './exemplars';
import classes from './TimeChart.module.css';
import { ChartTooltip } from './tooltip';
import type { TooltipRow } from './tooltip';

export interface ChartSeries {
  key: string;
  name: string;
  colour: string;
  /** One per time; null is a gap. */
  values: readonly (number | null)[];
}

interface Props {
  /** Unix seconds, ascending. */
  times: readonly number[];
  series: readonly ChartSeries[];
  startMs: number;
  endMs: number;
  unit: Unit;
  height: number;
  /** Says what the chart shows to those who cannot see it. */
  label: string;
  /** Keys of the series to draw; null for all. */
  shown?: ReadonlySet<string> | null;
  /** Key of the series to bring out. */
  highlighted?: string | null;
  /** A value that the axis always reaches, such as 1 for a share. */
  ceiling?: number | null;
  /** Small charts: a soft area under the lines, fewer labels. */
  compact?: boolean;
  /** Single events with their traces, drawn as diamonds as far as there is room. */
  exemplars?: readonly Exemplar[];
  /** A drag over the chart chose this span. */
  onZoom?: (startMs: number, endMs: number) => void;
  /** A double click asked for the span before. */
  onZoomBack?: () => void;
}

/** The crosshairs of all charts on the page move in step. */
const SYNC_KEY = 'page';

/** A diamond has this much of the chart's width to itself. */
const EXEMPLAR_PX = 12;
const NO_EXEMPLARS: readonly Exemplar[] = [];

/** Lines over time. Draws on a canvas; React only hands data over. */
export function TimeChart(props: Props) {
  const { times, series, startMs, endMs, unit, height, compact = false, ceiling = null, shown = null, highlighted = null } = props;
  const { ref: sizeRef, width } = useElementSize<HTMLDivElement>();
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const marks = useMemo(
    () => (props.exemplars === undefined || width === 0 ? NO_EXEMPLARS : thinned(props.exemplars, startMs, endMs, Math.max(1, Math.floor(width / EXEMPLAR_PX)))),
    [props.exemplars, startMs, endMs, width],
  );
  const [area, setArea] = useState<PlotArea | null>(null);
  const latest = useRef<Latest>({ ...props, marks, setArea });
  latest.current = { ...props, marks, setArea };
  const scheme = useScheme();

  const data = useMemo(() => [times, ...series.map((s) => s.values)] as uPlot.AlignedData, [times, series]);
  const dataRef = useRef(data);
  dataRef.current = data;
  const structure = series.map((s) => `${s.key}\u0003${s.colour}`).join('\u0004');

  useEffect(() => {
    if (width === 0 || host.current === null) return undefined;
    const tooltip = new ChartTooltip();
    const made = new uPlot(options(latest, { width, height, unit, compact, ceiling }, tooltip), dataRef.current, host.current);
    plot.current = made;
    applyVisibility(made, latest.current);
    return () => {
      tooltip.destroy();
      made.destroy();
      plot.current = null;
    };
    // Data, range and visibility are handed to the existing plot below.
  }, [width === 0, structure, unit, compact, ceiling, scheme, height]);

  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height });
  }, [width, height]);

  useEffect(() => {
    const chart = plot.current;
    if (chart === null) return;
    chart.batch(() => {
      chart.setData(data, false);
      chart.setScale('x', { min: startMs / 1000, max: endMs / 1000 });
    });
  }, [data, startMs, endMs, marks]);

  useEffect(() => {
    if (plot.current) applyVisibility(plot.current, latest.current);
  }, [shown]);

  useEffect(() => {
    const index = latest.current.series.findIndex((s) => s.key === highlighted);
    plot.current?.setSeries(index < 0 ? null : index + 1, { focus: index >= 0 }, false);
  }, [highlighted]);

  return (
    <div ref={sizeRef} className={classes.chart} style={{ height }} role={marks.length > 0 ? 'group' : 'img'} aria-label={props.label}>
      <div ref={host} aria-hidden={marks.length > 0 || undefined} />
      {marks.length > 0 && area !== null && <ExemplarMarks exemplars={marks} area={area} unit={unit} />}
    </div>
  );
}

/** What the plot, which outlives a drawing of React, looks up when it draws. */
interface Latest extends Props {
  marks: readonly Exemplar[];
  setArea: (area: PlotArea) => void;
}

/** Tells where the plot lies now, so that what stands over it is at its place. */
function measureArea(u: uPlot, { marks, setArea }: Latest): void {
  const { x, y } = u.scales;
  if (marks.length === 0 || x?.min == null || x.max == null || y?.min == null || y.max == null) return;
  const px = (length: number) => length / devicePixelRatio;
  setArea({ left: px(u.bbox.left), top: px(u.bbox.top), width: px(u.bbox.width), height: px(u.bbox.height), startMs: x.min * 1000, endMs: x.max * 1000, min: y.min, max: y.max });
}

function applyVisibility(chart: uPlot, { series, shown }: Props): void {
  chart.batch(() => {
    series.forEach((one, i) => {
      const show = shown === null || shown === undefined || shown.has(one.key);
      if (chart.series[i + 1]?.show !== show) chart.setSeries(i + 1, { show }, false);
    });
  });
}

interface Look {
  width: number;
  height: number;
  unit: Unit;
  compact: boolean;
  ceiling: number | null;
}

function options(latest: { current: Latest }, look: Look, tooltip: ChartTooltip): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colours = { grid: style.getPropertyValue('--grid'), text: style.getPropertyValue('--axis') };
  return {
    width: look.width,
    height: look.height,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    tzDate: chartDate,
    focus: { alpha: 0.22 },
    cursor: {
      y: false,
      focus: { prox: 24 },
      points: { size: 6, width: 1.5, fill: (u, i) => String(u.series[i]?.points?.stroke ?? latest.current.series[i - 1]?.colour ?? '#888') },
      drag: { x: latest.current.onZoom !== undefined, y: false, setScale: false },
      // Only movements go to the other charts; a drag is for this one.
      sync: { key: SYNC_KEY, setSeries: false, filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' } },
      bind: {
        dblclick: () => () => {
          latest.current.onZoomBack?.();
          return null;
        },
      },
    },
    scales: {
      x: { time: true, min: latest.current.startMs / 1000, max: latest.current.endMs / 1000 },
      y: { range: (_, min, max) => valueRange(min ?? (latest.current.marks.length > 0 ? 0 : min), maxWithExemplars(max, latest.current.marks), look.ceiling) },
    },
    axes: axesOf(look.unit, colours, look.compact),
    series: [
      {},
      ...latest.current.series.map((one): uPlot.Series => ({
        label: one.name,
        stroke: one.colour,
        width: 1.5,
        spanGaps: false,
        ...(look.compact && latest.current.series.length === 1 ? { fill: `${one.colour}1f` } : {}),
        points: { show: true, size: 4, width: 1.5, fill: one.colour, stroke: one.colour, filter: pointsToDraw },
      })),
    ],
    hooks: {
      setSelect: [
        (u) => {
          const { left, width } = u.select;
          if (width > 4) latest.current.onZoom?.(Math.round(u.posToVal(left, 'x') * 1000), Math.round(u.posToVal(left + width, 'x') * 1000));
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      draw: [(u) => measureArea(u, latest.current)],
      setCursor: [(u) => moveTooltip(u, latest.current, look.unit, tooltip)],
    },
  };
}

/** Dots only where there is room for them, and where a value stands alone between gaps and would not be seen. */
function pointsToDraw(u: uPlot, seriesIndex: number): number[] | null {
  const values = u.data[seriesIndex]!;
  const scale = u.scales['x']!;
  const step = (u.data[0][1] ?? 0) - (u.data[0][0] ?? 0);
  const visible = step > 0 ? ((scale.max ?? 0) - (scale.min ?? 0)) / step : 0;
  if (visible > 0 && u.bbox.width / devicePixelRatio / visible > 14) return null;
  const alone: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) alone.push(i);
  }
  return alone;
}

function moveTooltip(u: uPlot, { series }: Props, unit: Unit, tooltip: ChartTooltip): void {
  const { idx, left, top, event } = u.cursor;
  // Without an event of its own this chart only follows the crosshair of another.
  const own = event != null && u.over.contains(event.target as Node);
  if (!own || idx == null || left === undefined || left < 0 || top === undefined) {
    tooltip.hide();
    return;
  }
  const rows: TooltipRow[] = [];
  let nearest = -1;
  let distance = Infinity;
  series.forEach((one, i) => {
    const value = one.values[idx];
    if (value == null || u.series[i + 1]?.show === false) return;
    const away = Math.abs(u.valToPos(value, 'y') - top);
    if (away < distance) {
      distance = away;
      nearest = rows.length;
    }
    rows.push({ colour: one.colour, name: one.name, value, text: formatValue(value, unit) });
  });
  if (rows.length === 0) {
    tooltip.hide();
    return;
  }
  const box = u.over.getBoundingClientRect();
  tooltip.show(formatDateTime(u.data[0][idx]! * 1000), rows, nearest, box.left + left, box.top + top);
}
