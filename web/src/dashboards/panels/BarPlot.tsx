import { axisTexts } from '../look/units';
import classes from './Panels.module.css';

export interface BarSeries {
  name: string;
  bars: { value: number | null; fill: string; stroke: string; text: string }[];
}

interface Props {
  width: number;
  height: number;
  categories: readonly string[];
  series: readonly BarSeries[];
  stacked: boolean;
  percent: boolean;
  horizontal: boolean;
  /** Whether each bar has its value beside it. */
  values: boolean;
  unit: string | null;
  decimals: number | null;
  min: number | null;
  max: number | null;
  label: string;
  title: string;
  /** Share of a place that its bars fill. */
  fill?: number;
}

/** Values at which an axis has its lines: four or five round ones. */
export function niceTicks(min: number, max: number, most: number): number[] {
  const span = max - min || 1;
  const rough = span / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((m) => m >= rough) ?? rough;
  const ticks: number[] = [];
  for (let at = Math.ceil(min / step) * step; at <= max + step * 1e-9; at += step) ticks.push(Number(at.toPrecision(12)));
  return ticks;
}

/** Bars in SVG. */
export function BarPlot({ width, height, categories, series, stacked, percent, horizontal, values, unit, decimals, min, max, label, title, fill = 0.75 }: Props) {
  const totals = categories.map((_, c) => series.reduce((sum, one) => sum + Math.abs(one.bars[c]?.value ?? 0), 0));
  const part = (value: number, c: number) => (percent ? (totals[c] === 0 ? 0 : value / totals[c]!) : value);
  let low = 0;
  let high = 0;
  categories.forEach((_, c) => {
    let up = 0;
    let down = 0;
    for (const one of series) {
      const value = part(one.bars[c]?.value ?? 0, c);
      if (stacked) value >= 0 ? (up += value) : (down += value);
      else {
        up = Math.max(up, value);
        down = Math.min(down, value);
      }
    }
    high = Math.max(high, up);
    low = Math.min(low, down);
  });
  low = min ?? low;
  high = max ?? (percent ? 1 : high === low ? low + 1 : high + (high - low) * 0.06);
  const longest = Math.max(0, ...categories.map((category) => category.length));
  const ticks = niceTicks(low, high, horizontal ? width / 90 : height / 44);
  const texts = axisTexts(ticks, percent ? 'percentunit' : unit, decimals);
  const room = horizontal ? { left: Math.min(width * 0.4, longest * 6.2 + 10), bottom: 20 } : { left: Math.max(34, ...texts.map((text) => text.length * 6.2 + 10)) + (label === '' ? 0 : 14), bottom: 20 };
  const w = Math.max(10, width - room.left - 8);
  const h = Math.max(10, height - room.bottom - 10);
  const along = (horizontal ? h : w) / Math.max(1, categories.length);
  const scale = (value: number) => ((Math.min(high, Math.max(low, value)) - low) / (high - low || 1)) * (horizontal ? w : h);
  const thick = (along * fill) / (stacked ? 1 : Math.max(1, series.length));
  const each = Math.max(1, Math.ceil(categories.length / Math.max(1, (horizontal ? h : w) / (horizontal ? 16 : longest * 6.2 + 12))));
  const marks: React.ReactNode[] = [];
  categories.forEach((category, c) => {
    let up = 0;
    let down = 0;
    series.forEach((one, s) => {
      const bar = one.bars[c];
      if (bar == null || bar.value === null) return;
      const value = part(bar.value, c);
      const from = stacked ? (value >= 0 ? up : down) : 0;
      const to = from + value;
      if (stacked) value >= 0 ? (up = to) : (down = to);
      const a = scale(Math.min(from, to));
      const b = scale(Math.max(from, to));
      const across = c * along + (along * (1 - fill)) / 2 + (stacked ? 0 : s * thick);
      const box = horizontal ? { x: room.left + a, y: 10 + across, width: Math.max(0.5, b - a), height: Math.max(1, thick - 1) } : { x: room.left + across, y: 10 + h - b, width: Math.max(1, thick - 1), height: Math.max(0.5, b - a) };
      marks.push(
        <rect key={`${c} ${s}`} {...box} rx={1} fill={bar.fill} stroke={bar.stroke} strokeWidth={thick > 4 ? 1 : 0}>
          <title>{`${category}\n${one.name}: ${bar.text}`}</title>
        </rect>,
      );
      if (values && !stacked && (horizontal ? thick > 11 : thick > bar.text.length * 5)) {
        marks.push(
          <text key={`t${c} ${s}`} x={horizontal ? Math.min(width - 2, room.left + b + 4) : box.x + box.width / 2} y={horizontal ? box.y + box.height / 2 + 4 : box.y - 3} textAnchor={horizontal ? 'start' : 'middle'}>
            {bar.text}
          </text>,
        );
      }
    });
  });
  return (
    <svg className={classes.svg} width={width} height={height} role="img" aria-label={`${title}: bars for ${categories.length} places`}>
      {ticks.map((tick, i) => (
        <g key={tick}>
          {horizontal ? <line x1={room.left + scale(tick)} x2={room.left + scale(tick)} y1={10} y2={10 + h} stroke="var(--grid)" /> : <line x1={room.left} x2={room.left + w} y1={10 + h - scale(tick)} y2={10 + h - scale(tick)} stroke="var(--grid)" />}
          <text x={horizontal ? room.left + scale(tick) : room.left - 6} y={horizontal ? height - 5 : 10 + h - scale(tick) + 4} textAnchor={horizontal ? 'middle' : 'end'}>
            {texts[i]}
          </text>
        </g>
      ))}
      {label !== '' && !horizontal && (
        <text transform={`translate(11 ${10 + h / 2}) rotate(-90)`} textAnchor="middle">
          {label}
        </text>
      )}
      {marks}
      {categories.map((category, c) =>
        c % each !== 0 ? null : (
          <text key={c} x={horizontal ? room.left - 6 : room.left + (c + 0.5) * along} y={horizontal ? 10 + (c + 0.5) * along + 4 : height - 5} textAnchor={horizontal ? 'end' : 'middle'}>
            {category.length > 40 ? `${category.slice(0, 39)}…` : category}
          </text>
        ),
      )}
    </svg>
  );
}
