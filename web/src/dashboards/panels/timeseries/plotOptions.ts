import uPlot from 'uplot';
import { timeLabel, valueRange } from '../../../charts/axes';
import type { Scheme } from '../../../theme/useScheme';
import { colourNamed, continuousColours, faded, thresholdLines } from '../../look/colours';
import { axisSteps, axisTexts } from '../../look/units';
import { numberOf, objectOf, textOf } from '../../model/json';
import { limitsOf } from '../values';
import type { Line } from './lines';

const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif';
const LEAST_GUTTER_PX = 44;
/** The crosshairs of all charts on the page move in step. */
const SYNC_KEY = 'page';

export interface PlotInput {
  width: number;
  height: number;
  lines: readonly Line[];
  below: readonly number[];
  startMs: number;
  endMs: number;
  scheme: Scheme;
}

export interface PlotHooks {
  zoom: (startMs: number, endMs: number) => void;
  zoomBack: () => void;
  cursor: (u: uPlot) => void;
  /** Vertical lines with a word, such as annotations. */
  marks: () => readonly { timeMs: number; endMs: number | null; colour: string }[];
  /** It was drawn: its scales and its place are known. */
  drawn: (u: uPlot) => void;
}

const { bars, linear, spline, stepped } = uPlot.paths;

export function plotOptions(input: PlotInput, hooks: PlotHooks): uPlot.Options {
  const { lines, width, height, scheme } = input;
  const style = getComputedStyle(document.documentElement);
  const colours = { grid: style.getPropertyValue('--grid'), text: style.getPropertyValue('--axis') };
  const axes = [...new Set(lines.map((line) => line.axis))];
  const scaleOf = (axis: string) => `y${axes.indexOf(axis)}`;
  const bands: uPlot.Band[] = [];
  input.below.forEach((other, i) => {
    if (other >= 0) bands.push({ series: [i + 1, other + 1] });
  });
  lines.forEach((line, i) => {
    const name = textOf(line.field.config.custom['fillBelowTo']);
    const other = name === '' ? -1 : lines.findIndex((one) => one.name === name);
    if (other >= 0) bands.push({ series: [i + 1, other + 1], fill: faded(line.colour, share(line, 'fillOpacity', 0) || 0.2) });
  });
  return {
    width,
    height,
    padding: [8, axes.length > 1 ? 0 : 12, 0, 0],
    legend: { show: false },
    focus: { alpha: 0.25 },
    cursor: {
      y: false,
      focus: { prox: 24 },
      points: { size: 6, width: 1.5 },
      drag: { x: true, y: false, setScale: false },
      sync: { key: SYNC_KEY, setSeries: false, filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' } },
      bind: {
        dblclick: () => () => {
          hooks.zoomBack();
          return null;
        },
      },
    },
    scales: {
      x: { time: true, min: input.startMs / 1000, max: input.endMs / 1000 },
      ...Object.fromEntries(axes.map((axis) => [scaleOf(axis), scaleFor(lines.filter((line) => line.axis === axis))])),
    },
    axes: [timeAxis(colours), ...axes.map((axis, i) => valueAxis(lines.find((line) => line.axis === axis)!, scaleOf(axis), i, colours))],
    bands,
    series: [{}, ...lines.map((line): uPlot.Series => seriesFor(line, scaleOf(line.axis), scheme))],
    hooks: {
      drawClear: [(u) => drawThresholds(u, lines, scaleOf, scheme, true)],
      draw: [(u) => drawThresholds(u, lines, scaleOf, scheme, false), (u) => drawMarks(u, hooks.marks()), hooks.drawn],
      setSelect: [
        (u) => {
          const { left, width: span } = u.select;
          if (span > 4) hooks.zoom(Math.round(u.posToVal(left, 'x') * 1000), Math.round(u.posToVal(left + span, 'x') * 1000));
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      setCursor: [hooks.cursor],
    },
  };
}

function share(line: Line, key: string, otherwise: number): number {
  return (numberOf(line.field.config.custom[key]) ?? otherwise) / 100;
}

function timeAxis(colours: { grid: string; text: string }): uPlot.Axis {
  return { font: FONT, stroke: colours.text, space: 80, size: 26, gap: 6, ticks: { show: false }, grid: { stroke: colours.grid, width: 1 }, values: (_, splits, __, ___, increment) => splits.map((split) => timeLabel(split, increment)) };
}

function valueAxis(line: Line, scale: string, index: number, colours: { grid: string; text: string }): uPlot.Axis {
  const { custom, unit, decimals } = line.field.config;
  const placement = textOf(custom['axisPlacement']);
  if (placement === 'hidden') return { scale, show: false };
  const label = textOf(custom['axisLabel']);
  const right = placement === 'right' || (placement !== 'left' && index > 0);
  const steps = axisSteps(line.percent ? 'percentunit' : unit);
  const isLog = textOf(objectOf(custom['scaleDistribution'])['type']) === 'log';
  return {
    scale,
    side: right ? 1 : 3,
    font: FONT,
    stroke: colours.text,
    space: 36,
    gap: 6,
    ticks: { show: false },
    grid: { stroke: colours.grid, width: 1, show: index === 0 },
    ...(label === '' ? {} : { label, labelFont: FONT, labelSize: 18, labelGap: 0 }),
    ...(steps === null || isLog ? {} : { incrs: steps }),
    size: (_, labels) => Math.max(LEAST_GUTTER_PX, ...(labels ?? []).map((text) => (text?.length ?? 0) * 6.1 + 14)),
    values: (_, splits) => {
      const texts = axisTexts(splits.map((split) => split ?? 0), line.percent ? 'percentunit' : unit, decimals);
      if (!isLog) return texts;
      const whole = splits.map((split) => Math.abs(Math.log10(Math.abs(split || 1)) - Math.round(Math.log10(Math.abs(split || 1)))) < 1e-9);
      // Within one power of ten the values between are all there is to label.
      return texts.map((text, i) => (whole[i] || (whole.filter(Boolean).length < 2 && (splits.length < 8 || i % 2 === 0)) ? text : ''));
    },
  };
}

function scaleFor(lines: readonly Line[]): uPlot.Scale {
  const { min, max, custom } = lines[0]!.field.config;
  const distribution = objectOf(custom['scaleDistribution']);
  const soft = { min: numberOf(custom['axisSoftMin']), max: numberOf(custom['axisSoftMax']) };
  const isLog = textOf(distribution['type']) === 'log';
  const percent = lines[0]!.percent;
  const centered = custom['axisCenteredZero'] === true;
  // A limit is that of the values as they are asked for: a line whose sign is turned goes below it.
  const turned = lines.some((line) => line.field.config.custom['transform'] === 'negative-Y');
  return {
    ...(isLog ? { distr: 3 as const, log: (numberOf(distribution['log']) === 2 ? 2 : 10) as 2 | 10 } : {}),
    range: (u, low, high) => {
      if (isLog) return low === null || high === null || low <= 0 ? [0.1, Math.max(1, high ?? 1)] : uPlot.rangeLog(low, high, numberOf(distribution['log']) === 2 ? 2 : 10, true);
      void u;
      if (percent) return [turned && (low ?? 0) < 0 ? -1 : 0, 1];
      let [bottom, top] = valueRange(low, high, null);
      if (soft.min !== null) bottom = Math.min(bottom, soft.min);
      if (soft.max !== null) top = Math.max(top, soft.max);
      if (min !== null && !(turned && (low ?? 0) < min)) bottom = min;
      if (max !== null) top = max;
      if (centered) {
        const most = Math.max(Math.abs(bottom), Math.abs(top));
        return [-most, most];
      }
      return bottom < top ? [bottom, top] : [bottom, bottom + 1];
    },
  };
}

function seriesFor(line: Line, scale: string, scheme: Scheme): uPlot.Series {
  const { custom } = line.field.config;
  const drawStyle = textOf(custom['drawStyle']) || 'line';
  const width = numberOf(custom['lineWidth']) ?? 1;
  const dash = objectOf(custom['lineStyle']);
  const dots = dash['fill'] === 'dot';
  const opacity = share(line, 'fillOpacity', 0);
  const interpolation = textOf(custom['lineInterpolation']);
  const paths =
    drawStyle === 'bars' ? bars!({ size: [numberOf(custom['barWidthFactor']) ?? 0.6, 100], align: (numberOf(custom['barAlignment']) ?? 0) as -1 | 0 | 1 })
    : drawStyle === 'points' ? () => null
    : interpolation === 'smooth' ? spline!()
    : interpolation === 'stepBefore' ? stepped!({ align: -1 })
    : interpolation === 'stepAfter' ? stepped!({ align: 1 })
    : linear!();
  const byValue = textOf(custom['gradientMode']) === 'scheme' ? (strength: number) => valueGradient(line, scale, scheme, strength) : null;
  const show = textOf(custom['showPoints']) || 'auto';
  return {
    label: line.name,
    scale,
    paths,
    stroke: byValue === null ? line.colour : (u) => byValue(1)(u),
    width: drawStyle === 'bars' && opacity > 0 ? Math.min(width, 1) : width === 1 ? 1.5 : width,
    spanGaps: custom['spanNulls'] === true,
    ...(dash['fill'] === 'dash' || dots ? { dash: Array.isArray(dash['dash']) ? (dash['dash'] as number[]) : dots ? [0, 6] : [10, 10], cap: dots ? ('round' as const) : ('butt' as const) } : {}),
    ...(opacity > 0 ? { fill: byValue !== null ? (u) => byValue(opacity)(u) : textOf(custom['gradientMode']) === 'opacity' ? (u) => downGradient(u, line.colour, opacity) : faded(line.colour, opacity) } : {}),
    points: {
      show: drawStyle === 'points' || show === 'always' ? true : drawStyle === 'bars' ? false : (u, i) => show !== 'never' && roomForPoints(u, i),
      size: Math.max(3, numberOf(custom['pointSize']) ?? 5),
      fill: line.colour,
      stroke: line.colour,
      width: 0,
      ...(drawStyle === 'points' || show === 'always' ? {} : { filter: (u: uPlot, i: number) => (roomForPoints(u, i) ? null : alone(u, i)) }),
    },
  };
}

function roomForPoints(u: uPlot, index: number): boolean {
  const step = (u.data[0][1] ?? 0) - (u.data[0][0] ?? 0);
  const scale = u.scales['x']!;
  const visible = step > 0 ? ((scale.max ?? 0) - (scale.min ?? 0)) / step : 0;
  return (visible > 0 && u.bbox.width / devicePixelRatio / visible > 14) || (alone(u, index)?.length ?? 0) > 0;
}

/** Values between gaps, which a line alone would not show. */
function alone(u: uPlot, index: number): number[] {
  const values = u.data[index]!;
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) if (values[i] != null && values[i - 1] == null && values[i + 1] == null) found.push(i);
  return found;
}

function downGradient(u: uPlot, colour: string, opacity: number): CanvasGradient | string {
  const { top, height } = u.bbox;
  if (!Number.isFinite(height) || height <= 0) return faded(colour, opacity);
  const gradient = u.ctx.createLinearGradient(0, top, 0, top + height);
  gradient.addColorStop(0, faded(colour, Math.min(1, opacity * 1.6)));
  gradient.addColorStop(1, faded(colour, opacity * 0.15));
  return gradient;
}

/** A colour that changes with the height: steps at thresholds, or the run of a continuous mode. */
function valueGradient(line: Line, scale: string, scheme: Scheme, strength: number): (u: uPlot) => CanvasGradient | string {
  return (u) => {
    const { min, max } = u.scales[scale] ?? {};
    if (min == null || max == null || max <= min) return faded(line.colour, strength);
    const bottom = u.valToPos(min, scale, true);
    const top = u.valToPos(max, scale, true);
    if (!Number.isFinite(bottom) || !Number.isFinite(top)) return faded(line.colour, strength);
    const gradient = u.ctx.createLinearGradient(0, bottom, 0, top);
    const limits = limitsOf(line.field, [{ refId: '', name: '', kind: 'series', fields: [line.field] }]);
    const row = continuousColours(line.field.config.color?.mode ?? '', scheme);
    const place = (value: number) => Math.min(1, Math.max(0, (value - min) / (max - min)));
    if (row !== null) row.forEach((colour, i) => gradient.addColorStop(place(limits.min + (i / (row.length - 1)) * (limits.max - limits.min)), faded(colour, strength)));
    else {
      const { thresholds } = line.field.config;
      if (thresholds === null) return faded(line.colour, strength);
      let before = colourNamed(thresholds.steps[0]!.color, scheme);
      gradient.addColorStop(0, faded(before, strength));
      for (const step of thresholdLines(thresholds, limits.min, limits.max)) {
        gradient.addColorStop(place(step.value), faded(before, strength));
        before = colourNamed(step.color, scheme);
        gradient.addColorStop(place(step.value), faded(before, strength));
      }
      gradient.addColorStop(1, faded(before, strength));
    }
    return gradient;
  };
}

/** Areas go below the lines, lines over them. */
function drawThresholds(u: uPlot, lines: readonly Line[], scaleOf: (axis: string) => string, scheme: Scheme, areas: boolean): void {
  const done = new Set<string>();
  for (const line of lines) {
    const mode = textOf(objectOf(line.field.config.custom['thresholdsStyle'])['mode']) || 'off';
    const { thresholds, min, max } = line.field.config;
    if (mode === 'off' || mode === 'series' || thresholds === null || done.has(line.axis)) continue;
    if (areas !== mode.includes('area') && !(mode === 'line+area' || mode === 'dashed+area')) continue;
    done.add(line.axis);
    const scale = scaleOf(line.axis);
    const { left, top, width, height } = u.bbox;
    const range = u.scales[scale] ?? {};
    const steps = [{ value: -Infinity, color: thresholds.steps[0]!.color }, ...thresholdLines(thresholds, min ?? range.min ?? 0, max ?? range.max ?? 100)];
    const place = (value: number) => Math.min(top + height, Math.max(top, value === -Infinity ? top + height : u.valToPos(value, scale, true)));
    u.ctx.save();
    steps.forEach((step, i) => {
      const colour = colourNamed(step.color, scheme);
      if (colour === 'transparent') return;
      if (areas) {
        const upper = i + 1 < steps.length ? place(steps[i + 1]!.value) : top;
        u.ctx.fillStyle = faded(colour, 0.08);
        u.ctx.fillRect(left, upper, width, place(step.value) - upper);
      } else if (step.value !== -Infinity && step.value >= (range.min ?? -Infinity) && step.value <= (range.max ?? Infinity)) {
        u.ctx.strokeStyle = colour;
        u.ctx.lineWidth = 1.5 * devicePixelRatio;
        u.ctx.setLineDash(mode.startsWith('dashed') ? [8 * devicePixelRatio, 6 * devicePixelRatio] : []);
        u.ctx.beginPath();
        u.ctx.moveTo(left, place(step.value));
        u.ctx.lineTo(left + width, place(step.value));
        u.ctx.stroke();
      }
    });
    u.ctx.restore();
  }
}

function drawMarks(u: uPlot, marks: readonly { timeMs: number; endMs: number | null; colour: string }[]): void {
  const { left, top, width, height } = u.bbox;
  u.ctx.save();
  for (const { timeMs, endMs, colour } of marks) {
    const x = u.valToPos(timeMs / 1000, 'x', true);
    if (x < left || x > left + width) continue;
    u.ctx.strokeStyle = colour;
    u.ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    u.ctx.lineWidth = devicePixelRatio;
    u.ctx.beginPath();
    u.ctx.moveTo(x, top);
    u.ctx.lineTo(x, top + height);
    u.ctx.stroke();
    if (endMs !== null) {
      u.ctx.fillStyle = faded(colour, 0.08);
      u.ctx.fillRect(x, top, Math.min(left + width, u.valToPos(endMs / 1000, 'x', true)) - x, height);
    }
  }
  u.ctx.restore();
}
