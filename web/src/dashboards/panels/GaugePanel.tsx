import { useMemo } from 'react';
import { useScheme } from '../../theme/useScheme';
import { colourNamed, thresholdLines } from '../look/colours';
import { shown } from '../look/display';
import { flagOf, textOf } from '../model/json';
import { NoValues } from './NoValues';
import type { PanelProps } from './panelProps';
import classes from './Panels.module.css';
import { tiles } from './StatPanel';
import { shownValues } from './values';
import type { ShownValue } from './values';

const START = Math.PI * 0.82;
const SWEEP = Math.PI * 1.36;

function arc(cx: number, cy: number, radius: number, from: number, to: number): string {
  const point = (share: number) => {
    const angle = START + SWEEP * share;
    return `${(cx + radius * Math.cos(angle)).toFixed(2)} ${(cy + radius * Math.sin(angle)).toFixed(2)}`;
  };
  return `M ${point(from)} A ${radius} ${radius} 0 ${SWEEP * (to - from) > Math.PI ? 1 : 0} 1 ${point(to)}`;
}

/** Values on an arc from least to largest, thresholds at its edge. */
export default function GaugePanel({ panel, frames, width, height }: PanelProps) {
  const scheme = useScheme();
  const values = useMemo(() => shownValues(frames, panel.options, scheme, { min: 0, max: 100 }), [frames, panel, scheme]);
  if (values.length === 0) return <NoValues panel={panel} />;
  const { columns, rows } = tiles(values.length, width, height * 1.6, textOf(panel.options['orientation']) === 'vertical' ? 'horizontal' : 'auto');
  return (
    <div className={classes.tiles} style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gridAutoRows: `${Math.max(60, (height - 6 * (rows - 1)) / rows)}px` }}>
      {values.map((value, i) => (
        <Gauge key={i} value={value} several={values.length > 1} width={width / columns} height={height / rows} markers={flagOf(panel.options['showThresholdMarkers'], true)} />
      ))}
    </div>
  );
}

function Gauge({ value, several, width, height, markers }: { value: ShownValue; several: boolean; width: number; height: number; markers: boolean }) {
  const scheme = useScheme();
  const { display, limits } = value;
  const nameHeight = several ? 18 : 0;
  const radius = Math.max(16, Math.min((width - 12) / 2, (height - nameHeight - 8) / 1.55));
  const band = Math.max(5, radius * 0.2);
  const cx = radius + 2;
  const cy = radius + 2;
  const inner = radius - band / 2 - (markers ? 5 : 0);
  const { thresholds } = value.field.config;
  const place = (n: number) => Math.min(1, Math.max(0, (n - limits.min) / (limits.max - limits.min || 1)));
  const steps = thresholds === null ? [] : [{ value: limits.min, color: thresholds.steps[0]!.color }, ...thresholdLines(thresholds, limits.min, limits.max)];
  const text = shown(display);
  return (
    <figure className={classes.gauge} aria-label={`${value.name}: ${text}`}>
      <svg width={radius * 2 + 4} height={radius * 1.55 + 4} aria-hidden>
        <path d={arc(cx, cy, inner, 0, 1)} fill="none" stroke="var(--skeleton)" strokeWidth={band} />
        {display.share > 0 && <path d={arc(cx, cy, inner, 0, display.share)} fill="none" stroke={display.colour ?? 'var(--accent)'} strokeWidth={band} />}
        {markers &&
          steps.map((step, i) => {
            const from = place(step.value);
            const to = i + 1 < steps.length ? place(steps[i + 1]!.value) : 1;
            return to > from ? <path key={i} d={arc(cx, cy, radius - 1, from, to)} fill="none" stroke={colourNamed(step.color, scheme)} strokeWidth={2.5} /> : null;
          })}
        <text x={cx} y={cy + radius * 0.16} textAnchor="middle" className={classes.gaugeText} style={{ fontSize: Math.max(10, Math.min(radius * 0.4, ((inner - band / 2) * 1.75) / Math.max(3, text.length) / 0.62)), fill: display.colour ?? 'currentColor' }}>
          {text}
        </text>
      </svg>
      {several && <figcaption title={value.name}>{value.name}</figcaption>}
    </figure>
  );
}
