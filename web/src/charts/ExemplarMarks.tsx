import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { KeyboardEvent } from 'react';
import { createPortal } from 'react-dom';
import { formatDateTime } from '../format/time';
import { shortTraceId } from '../format/traceId';
import { formatValue } from '../format/units';
import type { Unit } from '../format/units';
import type { Exemplar } from './exemplars';
import classes from './ExemplarMarks.module.css';

/** Where a chart's plotting area lies, and what its edges stand for. */
export interface PlotArea {
  left: number;
  top: number;
  width: number;
  height: number;
  startMs: number;
  endMs: number;
  min: number;
  max: number;
}

interface Props {
  exemplars: readonly Exemplar[];
  area: PlotArea;
  unit: Unit;
}

/** Small diamonds over a chart, each a link to its trace. */
export function ExemplarMarks({ exemplars, area, unit }: Props) {
  const [near, setNear] = useState<{ exemplar: Exemplar; x: number; y: number } | null>(null);
  const show = (exemplar: Exemplar, mark: Element) => {
    const { left, top, width, height } = mark.getBoundingClientRect();
    setNear({ exemplar, x: left + width / 2, y: top + height / 2 });
  };
  const place = (one: Exemplar) => {
    const share = one.value === null ? 0 : (one.value - area.min) / (area.max - area.min);
    return {
      left: ((one.atMs - area.startMs) / (area.endMs - area.startMs)) * area.width,
      top: area.height * (1 - Math.min(1, Math.max(0, share))),
    };
  };
  const shown = exemplars.filter(({ atMs }) => atMs >= area.startMs && atMs <= area.endMs);
  return (
    <div className={classes.area} onKeyDown={walkMarks} style={{ left: area.left, top: area.top, width: area.width, height: area.height }}>
      {shown.map((one, i) => (
        <Link
          key={`${one.traceId} ${one.atMs} ${one.value}`}
          to="/trace/$traceId"
          params={{ traceId: one.traceId }}
          search={{}}
          preload={false}
          draggable={false}
          // One stop for the Tab key; arrows go on from there.
          tabIndex={i === 0 ? 0 : -1}
          className={classes.mark}
          data-failed={one.failed || undefined}
          style={place(one)}
          aria-label={`Exemplar${one.failed ? ', failed' : ''}: ${one.value === null ? '' : `${formatValue(one.value, unit)} `}at ${formatDateTime(one.atMs)}; open its trace`}
          onMouseEnter={(event) => show(one, event.currentTarget)}
          onMouseLeave={() => setNear(null)}
          onFocus={(event) => show(one, event.currentTarget)}
          onBlur={() => setNear(null)}
        />
      ))}
      {near !== null && shown.includes(near.exemplar) && createPortal(<Tip {...near} unit={unit} />, document.body)}
    </div>
  );
}

/** Left and right go from mark to mark, Home and End to the first and the last. */
function walkMarks(event: KeyboardEvent<HTMLElement>): void {
  const marks = [...event.currentTarget.querySelectorAll<HTMLElement>('a')];
  const at = marks.indexOf(document.activeElement as HTMLElement);
  const moves: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: marks.length - 1 };
  const to = moves[event.key];
  if (to === undefined || at === -1) return;
  event.preventDefault();
  marks[Math.max(0, Math.min(marks.length - 1, to))]!.focus();
}

/** Labels of spans that people read, in this order; others come after. */
const FIRST = ['span_name', 'service', 'status_code'];
const MOST_LABELS = 6;
/** Half the height of the largest box: nearer to an edge of the window it is moved in. */
const EDGE_PX = 84;

function Tip({ exemplar, unit, x, y }: { exemplar: Exemplar; unit: Unit; x: number; y: number }) {
  const rank = (name: string) => (FIRST.indexOf(name) + FIRST.length + 1) % (FIRST.length + 1);
  const labels = Object.entries(exemplar.labels)
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .slice(0, MOST_LABELS);
  return (
    <div className={classes.tip} style={{ left: x, top: Math.min(Math.max(y, EDGE_PX), window.innerHeight - EDGE_PX) }} data-left={x > window.innerWidth / 2 || undefined} aria-hidden>
      <p className={classes.head}>
        {exemplar.value !== null && <b>{formatValue(exemplar.value, unit)}</b>}
        {exemplar.failed && <span className={classes.failed}>failed</span>}
        <span>{formatDateTime(exemplar.atMs)}</span>
      </p>
      <dl>
        {labels.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{readable(value)}</dd>
          </div>
        ))}
      </dl>
      <p className={classes.foot}>Click to open trace {shortTraceId(exemplar.traceId)}</p>
    </div>
  );
}

/** `SPAN_KIND_SERVER` as people say it: server. */
function readable(value: string): string {
  const bare = value.replace(/^(STATUS_CODE|SPAN_KIND)_/, '');
  return bare === value ? value : bare.toLowerCase();
}
