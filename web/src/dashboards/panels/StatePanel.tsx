import { useMemo, useState } from 'react';
import { formatDateTime } from '../../format/time';
import { coloursOf } from '../../palette/palette';
import { useScheme } from '../../theme/useScheme';
import { timeField } from '../frames/frame';
import type { DataFrame } from '../frames/frame';
import { displayName } from '../frames/names';
import { faded, textOn } from '../look/colours';
import { displayOf, shown } from '../look/display';
import { flagOf, numberOf, objectOf, textOf } from '../model/json';
import { timeTicks } from './HeatmapPanel';
import { legendLook } from './legendItems';
import { NoValues } from './NoValues';
import { PanelLegend } from './PanelLegend';
import type { PanelProps } from './panelProps';
import classes from './Panels.module.css';
import { limitsOf } from './values';

export interface Span {
  fromMs: number;
  toMs: number;
  value: unknown;
}

const AXIS_PX = 20;

/** A field's values as spans of time, each until the next point; equal neighbours become one where `merge`. A point stands for at most `gapMs`. */
export function spansOf(times: readonly number[], values: readonly unknown[], endMs: number, gapMs: number | null, merge: boolean): Span[] {
  const spans: Span[] = [];
  times.forEach((time, i) => {
    const value = values[i];
    if (value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value))) return;
    const next = times[i + 1] ?? endMs;
    const toMs = gapMs === null ? next : Math.min(next, time + gapMs);
    const last = spans.at(-1);
    if (merge && last !== undefined && last.value === value && last.toMs >= time) last.toMs = toMs;
    else spans.push({ fromMs: time, toMs, value });
  });
  return spans;
}

interface Row {
  name: string;
  spans: { left: number; width: number; text: string; colour: string; title: string }[];
}

/** What each thing was, when: a row for each field. `status-history` keeps every point apart. */
export default function StatePanel({ panel, frames, width, height, startMs, endMs }: PanelProps) {
  const scheme = useScheme();
  const look = useMemo(() => legendLook(panel.options), [panel]);
  const [highlighted, setHighlighted] = useState<string | null>(null);
  const merge = panel.type === 'state-timeline' && flagOf(panel.options['mergeValues'], true);
  const { rows, states } = useMemo(() => {
    const fields = frames.flatMap((frame) => frame.fields.filter((field) => field.type !== 'time' && field.type !== 'other' && timeField(frame) !== undefined && objectOf(field.config.custom['hideFrom'])['viz'] !== true).map((field) => ({ frame, field })));
    const texts = [...new Set(fields.flatMap(({ field }) => field.values.flatMap((value) => (value === null || value === undefined ? [] : [shown(displayOf(field.config, value, scheme, limitsOf(field, frames)))]))))].slice(0, 100);
    const palette = new Map(coloursOf(texts, scheme).map((colour, i) => [texts[i]!, colour]));
    const found = new Map<string, string>();
    const made = fields.map(({ frame, field }): Row => {
      const opacity = (numberOf(field.config.custom['fillOpacity']) ?? 70) / 100;
      const times = timeField(frame)!.values as number[];
      const spans = spansOf(times, field.values, endMs, field.config.intervalMs === null ? null : field.config.intervalMs * 1.5, merge).map((span) => {
        const display = displayOf(field.config, span.value, scheme, limitsOf(field, frames), palette.get(shown(displayOf(field.config, span.value, scheme, limitsOf(field, frames)))) ?? null);
        const text = shown(display);
        const colour = display.colour ?? palette.get(text) ?? '#888888';
        found.set(text, colour);
        const left = Math.max(0, (span.fromMs - startMs) / (endMs - startMs));
        return { left, width: Math.max(0, Math.min(1, (span.toMs - startMs) / (endMs - startMs)) - left), text, colour: faded(colour, opacity), title: `${text}\n${formatDateTime(span.fromMs)} – ${formatDateTime(span.toMs)}` };
      });
      return { name: displayName(field, frame, frames as DataFrame[]), spans };
    });
    return { rows: made, states: [...found].map(([name, colour]) => ({ key: name, name, colour, stats: [] })) };
  }, [frames, scheme, startMs, endMs, merge]);
  if (rows.length === 0) return <NoValues panel={panel} />;
  return (
    <PanelLegend items={states} look={{ ...look, table: false }} width={width} height={height} isolated={null} onIsolate={() => undefined} onHighlight={setHighlighted}>
      {(w, h) => {
        const left = Math.min(w * 0.3, Math.max(...rows.map((row) => row.name.length)) * 6.4 + 8);
        const track = w - left - 12;
        const rowHeight = Math.max(14, Math.min(60, (h - AXIS_PX) / rows.length - 3));
        return (
          <div className={classes.states} style={{ width: w, height: h }} role="img" aria-label={`${panel.title}: states of ${rows.length} over time`}>
            {rows.map((row, r) => (
              <div key={r} className={classes.stateRow} style={{ height: rowHeight }}>
                <span style={{ width: left }} title={row.name}>
                  {row.name}
                </span>
                <div className={classes.stateTrack} style={{ width: track }}>
                  {row.spans.map((span, s) => {
                    const px = span.width * track;
                    return (
                      <i key={s} title={span.title} style={{ left: span.left * track, width: Math.max(1, px - (panel.type === 'status-history' ? Math.min(3, px * 0.15) : px > 3 ? 1 : 0)), background: span.colour, color: textOn(span.colour), opacity: highlighted === null || highlighted === span.text ? 1 : 0.25, lineHeight: `${rowHeight}px` }}>
                        {textOf(panel.options['showValue']) !== 'never' && rowHeight >= 14 && px > span.text.length * 6 + 10 && <em>{span.text}</em>}
                      </i>
                    );
                  })}
                </div>
              </div>
            ))}
            <svg className={classes.svg} width={w} height={AXIS_PX} aria-hidden>
              {timeTicks(startMs, endMs, track / 90).map(({ ms, label }) => (
                <text key={ms} x={left + 8 + ((ms - startMs) / (endMs - startMs)) * track} y={13} textAnchor="middle">
                  {label}
                </text>
              ))}
            </svg>
          </div>
        );
      }}
    </PanelLegend>
  );
}
