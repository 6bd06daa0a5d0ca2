import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { createPortal } from 'react-dom';
import { formatDateTime } from '../format/time';
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
    <div className={classes.area} style={{ left: area.left, top: area.top, width: area.width, height: area.height }}>
      {shown.map((one) => (
        <Link
          key={`${one.traceId} ${one.atMs} ${one.value}`}
          to="/trace/$traceId"
          params={{ traceId: one.traceId }}
          search={{}}
          preload={false}
          draggable={false}
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
      <p className={classes.foot}>Click to open trace {exemplar.traceId.slice(0, 8)}</p>
    </div>
  );
}

/** `SPAN_KIND_SERVER` as people say it: server. */
function readable(value: string): string {
  const bare = value.replace(/^(STATUS_CODE|SPAN_KIND)_/, '');
  return bare === value ? value : bare.toLowerCase();
}
