import { useMemo, useState } from 'react';
import { coloursOf } from '../../palette/palette';
import { useScheme } from '../../theme/useScheme';
import { shown } from '../look/display';
import { formatUnit, joined } from '../look/units';
import { objectOf, textOf, textsOf } from '../model/json';
import { legendLook } from './legendItems';
import { NoValues } from './NoValues';
import { PanelLegend } from './PanelLegend';
import type { PanelProps } from './panelProps';
import classes from './Panels.module.css';
import { shownValues } from './values';

/** Shares of a whole. */
export default function PiePanel({ panel, frames, width, height }: PanelProps) {
  const scheme = useScheme();
  const [isolated, setIsolated] = useState<ReadonlySet<string> | null>(null);
  const [highlighted, setHighlighted] = useState<string | null>(null);
  const look = useMemo(() => legendLook(panel.options), [panel]);
  const all = useMemo(() => shownValues(frames, panel.options, scheme).filter(({ value }) => typeof value === 'number' && value > 0), [frames, panel, scheme]);
  if (all.length === 0) return <NoValues panel={panel} />;
  const names = all.map((value, i) => (all.findIndex((other) => other.name === value.name) === i ? value.name : `${value.name} ${i + 1}`));
  const colours = coloursOf(names, scheme);
  const total = all.reduce((sum, { value }) => sum + (value as number), 0);
  const percent = (value: number) => joined(formatUnit(value / total, 'percentunit', null));
  const wanted = textsOf(objectOf(panel.options['legend'])['values']);
  const items = all.map((value, i) => ({
    key: names[i]!,
    name: names[i]!,
    colour: value.field.config.color?.mode === 'fixed' ? (value.display.colour ?? colours[i]!) : colours[i]!,
    stats: [...(wanted.includes('value') ? [{ id: 'value', title: 'Value', text: shown(value.display), value: value.value as number }] : []), ...(wanted.includes('percent') ? [{ id: 'percent', title: 'Percent', text: percent(value.value as number), value: value.value as number }] : [])],
  }));
  const donut = textOf(panel.options['pieType']) === 'donut';
  const labels = textsOf(panel.options['displayLabels']);
  return (
    <PanelLegend items={items} look={look} width={width} height={height} isolated={isolated} onIsolate={setIsolated} onHighlight={setHighlighted}>
      {(w, h) => {
        const radius = Math.max(10, Math.min(w, h) / 2 - 6);
        const parts = all.map((value, i) => ({ value: value.value as number, display: value.display, i })).filter(({ i }) => isolated === null || isolated.has(names[i]!));
        const sum = parts.reduce((before, part) => before + part.value, 0);
        let angle = -Math.PI / 2;
        return (
          <svg className={classes.svg} width={w} height={h} role="img" aria-label={`${panel.title}: ${all.length} parts`}>
            <g transform={`translate(${w / 2} ${h / 2})`}>
              {parts.map(({ value, display, i }) => {
                const from = angle;
                const to = angle + (value / sum) * Math.PI * 2;
                angle = to;
                const middle = (from + to) / 2;
                const text = [labels.includes('name') ? names[i] : '', labels.includes('value') ? shown(display) : '', labels.includes('percent') ? percent(value) : ''].filter((word) => word !== '').join(' ');
                return (
                  <g key={i} opacity={highlighted === null || highlighted === names[i] ? 1 : 0.35}>
                    <path d={slice(radius, donut ? radius * 0.6 : 0, from, to)} fill={items[i]!.colour} stroke="var(--mantine-color-body)" strokeWidth={1}>
                      <title>{`${names[i]}: ${shown(display)} (${percent(value)})`}</title>
                    </path>
                    {text !== '' && to - from > 0.22 && (
                      <text x={Math.cos(middle) * radius * (donut ? 0.8 : 0.68)} y={Math.sin(middle) * radius * (donut ? 0.8 : 0.68) + 4} textAnchor="middle" style={{ fill: '#fff', paintOrder: 'stroke', stroke: '#0008', strokeWidth: 2.5 }}>
                        {text}
                      </text>
                    )}
                  </g>
                );
              })}
            </g>
          </svg>
        );
      }}
    </PanelLegend>
  );
}

function slice(outer: number, inner: number, from: number, to: number): string {
  // A whole circle has no arc from a point to itself: it is cut a hair short.
  const end = Math.min(to, from + Math.PI * 2 - 1e-4);
  const at = (radius: number, angle: number) => `${(Math.cos(angle) * radius).toFixed(2)} ${(Math.sin(angle) * radius).toFixed(2)}`;
  const large = end - from > Math.PI ? 1 : 0;
  if (inner === 0) return `M 0 0 L ${at(outer, from)} A ${outer} ${outer} 0 ${large} 1 ${at(outer, end)} Z`;
  return `M ${at(outer, from)} A ${outer} ${outer} 0 ${large} 1 ${at(outer, end)} L ${at(inner, end)} A ${inner} ${inner} 0 ${large} 0 ${at(inner, from)} Z`;
}
