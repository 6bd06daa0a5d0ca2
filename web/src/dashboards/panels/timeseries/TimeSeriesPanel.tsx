import 'uplot/dist/uPlot.min.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import { ExemplarMarks } from '../../../charts/ExemplarMarks';
import type { PlotArea } from '../../../charts/ExemplarMarks';
import { thinned } from '../../../charts/exemplars';
import type { Exemplar } from '../../../charts/exemplars';
import chartClasses from '../../../charts/TimeChart.module.css';
import { ChartTooltip } from '../../../charts/tooltip';
import type { TooltipRow } from '../../../charts/tooltip';
import { formatDateTime } from '../../../format/time';
import type { Unit } from '../../../format/units';
import { useScheme } from '../../../theme/useScheme';
import { displayOf, shown } from '../../look/display';
import { objectOf, textOf } from '../../model/json';
import { PanelLegend } from '../PanelLegend';
import { legendLook, statsFor } from '../legendItems';
import type { PanelProps } from '../panelProps';
import { useMarks } from '../marks';
import type { Mark } from '../marks';
import { joinedLines, linesOf, stacked } from './lines';
import type { Line } from './lines';
import { plotOptions } from './plotOptions';

/** Lines, bars and points over time. */
export default function TimeSeriesPanel({ panel, frames, width, height, startMs, endMs, exemplars = NO_EXEMPLARS, onZoom, onZoomBack }: PanelProps) {
  const scheme = useScheme();
  const look = useMemo(() => legendLook(panel.options), [panel]);
  const all = useMemo(() => linesOf(frames, scheme), [frames, scheme]);
  const [isolated, setIsolated] = useState<ReadonlySet<string> | null>(null);
  const [highlighted, setHighlighted] = useState<string | null>(null);
  const items = useMemo(() => all.filter((line) => line.inLegend).map((line) => ({ key: line.key, name: line.name, colour: line.colour, stats: statsFor(line.field, look.calcs, scheme) })), [all, look, scheme]);
  const lines = useMemo(() => (isolated === null ? all : all.filter((line) => isolated.has(line.key))), [all, isolated]);
  const tooltip = objectOf(panel.options['tooltip']);
  return (
    <PanelLegend items={items} look={look} width={width} height={height} isolated={isolated} onIsolate={setIsolated} onHighlight={setHighlighted}>
      {(chartWidth, chartHeight) => (
        <Plot
          lines={lines}
          width={chartWidth}
          height={chartHeight}
          startMs={startMs}
          endMs={endMs}
          highlighted={highlighted}
          tooltipMode={textOf(tooltip['mode']) || 'single'}
          hideZeros={tooltip['hideZeros'] === true}
          exemplars={exemplars}
          unit={UNITS[panel.fieldConfig.defaults.unit ?? ''] ?? 'none'}
          label={`${panel.title}: ${all.length} series over time`}
          onZoom={onZoom}
          onZoomBack={onZoomBack}
        />
      )}
    </PanelLegend>
  );
}

/** A diamond has this much of the chart's width to itself. */
const EXEMPLAR_PX = 12;
const NO_EXEMPLARS: readonly Exemplar[] = [];
const UNITS: Readonly<Record<string, Unit>> = { s: 'seconds', bytes: 'bytes', decbytes: 'bytes', percentunit: 'ratio' };

/** As near as this to its line, a mark is told of. */
const NEAR_PX = 6;

interface PlotProps {
  lines: readonly Line[];
  width: number;
  height: number;
  startMs: number;
  endMs: number;
  highlighted: string | null;
  tooltipMode: string;
  hideZeros: boolean;
  exemplars: readonly Exemplar[];
  unit: Unit;
  label: string;
  onZoom: (startMs: number, endMs: number) => void;
  onZoomBack: () => void;
}

function Plot(props: PlotProps) {
  const { lines, width, height, startMs, endMs, highlighted } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scheme = useScheme();
  const marks = useMarks();
  const { times, heights, below } = useMemo(() => {
    const joined = joinedLines(lines);
    const piled = stacked(lines, joined.values);
    return { times: joined.times.map((ms) => ms / 1000), heights: piled.values, below: piled.below };
  }, [lines]);
  const diamonds = useMemo(() => (width <= 0 ? NO_EXEMPLARS : thinned(props.exemplars, startMs, endMs, Math.max(1, Math.floor(width / EXEMPLAR_PX)))), [props.exemplars, startMs, endMs, width]);
  const [area, setArea] = useState<PlotArea | null>(null);
  const measure = (u: uPlot) => {
    if (latest.current.diamonds.length > 0) setArea((before) => areaOf(u, before));
  };
  const latest = useRef({ ...props, marks, diamonds });
  latest.current = { ...props, marks, diamonds };
  const data = useMemo(() => [times, ...heights] as uPlot.AlignedData, [times, heights]);
  // The same lines with other values keep their plot; anything about their look makes a new one.
  const structure = useMemo(() => JSON.stringify(lines.map((line) => [line.key, line.colour, line.axis, line.stack, line.field.config])), [lines]);

  useEffect(() => {
    if (host.current === null || width <= 0 || height <= 0) return undefined;
    const tooltip = new ChartTooltip();
    const made = new uPlot(
      plotOptions({ width, height, lines: latest.current.lines, below, startMs: latest.current.startMs, endMs: latest.current.endMs, scheme }, {
        zoom: (from, to) => latest.current.onZoom(from, to),
        zoomBack: () => latest.current.onZoomBack(),
        cursor: (u) => moveTooltip(u, latest.current, tooltip, scheme),
        marks: () => latest.current.marks,
        drawn: measure,
      }),
      data,
      host.current,
    );
    plot.current = made;
    return () => {
      tooltip.destroy();
      made.destroy();
      plot.current = null;
    };
    // Data and range are handed to the existing plot below.
  }, [structure, scheme, width > 0 && height > 0]);

  useEffect(() => {
    if (width > 0 && height > 0) plot.current?.setSize({ width, height });
  }, [width, height]);

  useEffect(() => {
    const chart = plot.current;
    if (chart === null || chart.series.length !== data.length) return;
    chart.batch(() => {
      chart.setData(data, false);
      chart.setScale('x', { min: startMs / 1000, max: endMs / 1000 });
    });
  }, [data, startMs, endMs, structure]);

  useEffect(() => {
    plot.current?.redraw(false);
  }, [marks, diamonds]);

  useEffect(() => {
    const index = latest.current.lines.findIndex((line) => line.key === highlighted);
    plot.current?.setSeries(index < 0 ? null : index + 1, { focus: index >= 0 }, false);
  }, [highlighted]);

  return (
    <div className={chartClasses.chart} style={{ height, width }} role={diamonds.length > 0 ? 'group' : 'img'} aria-label={props.label}>
      <div ref={host} aria-hidden={diamonds.length > 0 || undefined} />
      {diamonds.length > 0 && area !== null && <ExemplarMarks exemplars={diamonds} area={area} unit={props.unit} />}
    </div>
  );
}

/** Where the plot lies now; the same object where nothing moved, so that drawing ends. */
function areaOf(u: uPlot, before: PlotArea | null): PlotArea | null {
  const { x } = u.scales;
  const y = u.scales['y0'];
  if (x?.min == null || x.max == null || y?.min == null || y.max == null) return before;
  const px = (length: number) => length / devicePixelRatio;
  const next = { left: px(u.bbox.left), top: px(u.bbox.top), width: px(u.bbox.width), height: px(u.bbox.height), startMs: x.min * 1000, endMs: x.max * 1000, min: y.min, max: y.max };
  return before !== null && (Object.keys(next) as (keyof PlotArea)[]).every((key) => next[key] === before[key]) ? before : next;
}

function moveTooltip(u: uPlot, { lines, tooltipMode, hideZeros, marks }: PlotProps & { marks: readonly Mark[] }, tooltip: ChartTooltip, scheme: 'light' | 'dark'): void {
  const { idx, left, top, event } = u.cursor;
  const own = event != null && u.over.contains(event.target as Node);
  if (!own || idx == null || left === undefined || left < 0 || top === undefined || tooltipMode === 'none') {
    tooltip.hide();
    return;
  }
  const timeMs = Math.round(u.data[0][idx]! * 1000);
  const rows: TooltipRow[] = [];
  let nearest = -1;
  let distance = Infinity;
  lines.forEach((line, i) => {
    const drawn = u.data[i + 1]?.[idx];
    if (drawn == null || !line.inTooltip) return;
    const at = line.times.indexOf(timeMs);
    const value = at < 0 ? drawn : (line.values[at] ?? drawn);
    if (hideZeros && value === 0) return;
    const away = Math.abs(u.valToPos(drawn, u.series[i + 1]!.scale!) - top);
    if (away < distance) {
      distance = away;
      nearest = rows.length;
    }
    // A value whose sign was turned for the chart is told as it is.
    const told = line.field.config.custom['transform'] === 'negative-Y' ? -value : value;
    rows.push({ colour: line.colour, name: line.name, value, text: shown(displayOf(line.field.config, told, scheme, { min: 0, max: 100 })) });
  });
  if (rows.length === 0) {
    tooltip.hide();
    return;
  }
  const box = u.over.getBoundingClientRect();
  const single = tooltipMode === 'single' && nearest >= 0;
  const near = marks.filter((mark) => Math.abs(u.valToPos(mark.timeMs / 1000, 'x') - left) < NEAR_PX || (mark.endMs !== null && timeMs >= mark.timeMs && timeMs <= mark.endMs)).slice(0, 3);
  tooltip.show([formatDateTime(timeMs), ...near.map((mark) => mark.title)].join(' · '), single ? [rows[nearest]!] : rows, single ? 0 : nearest, box.left + left, box.top + top);
}
