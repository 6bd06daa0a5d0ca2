import { useVirtualizer } from '@tanstack/react-virtual';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useMemo, useRef, useState } from 'react';
import type { MouseEvent } from 'react';
import type { Frame, SeriesStats } from '../../charts/frame';
import { seriesName } from '../../charts/frame';
import { formatValue } from '../../format/units';
import type { Unit } from '../../format/units';
import classes from './Legend.module.css';

interface Props {
  frame: Frame;
  /** One per series. */
  colours: readonly string[];
  unit: Unit;
  isolated: ReadonlySet<string> | null;
  onIsolate: (keys: ReadonlySet<string> | null) => void;
  onHighlight: (key: string | null) => void;
}

const ROW_PX = 28;
const MOST_PX = 8 * ROW_PX;
const COLUMNS: readonly { stat: keyof SeriesStats; title: string }[] = [
  { stat: 'last', title: 'last' },
  { stat: 'min', title: 'min' },
  { stat: 'avg', title: 'avg' },
  { stat: 'max', title: 'max' },
];

type Order = { by: keyof SeriesStats | 'name'; down: boolean };

/** The series as a table. A click shows one alone, with Ctrl or ⌘ one more; a second click shows all again. */
export function Legend({ frame, colours, unit, isolated, onIsolate, onHighlight }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [order, setOrder] = useState<Order>({ by: 'last', down: true });
  const rows = useMemo(() => sorted(frame, order), [frame, order]);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: 8, initialRect: { width: 0, height: MOST_PX } });
  const common = seriesName(frame.common, {});

  const click = (key: string, event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) {
      const next = new Set(isolated ?? frame.series.map((s) => s.key));
      if (next.has(key)) next.delete(key);
      else next.add(key);
      onIsolate(next.size === 0 || next.size === frame.series.length ? null : next);
    } else onIsolate(isolated?.size === 1 && isolated.has(key) ? null : new Set([key]));
  };

  const header = (by: Order['by'], title: string) => (
    <button
      type="button"
      className={classes.sort}
      aria-label={`Sort by ${title}`}
      data-chosen={order.by === by}
      onClick={() => setOrder((before) => ({ by, down: before.by === by ? !before.down : by !== 'name' }))}
    >
      {title}
      {order.by === by && (order.down ? <IconArrowDown size={12} aria-hidden /> : <IconArrowUp size={12} aria-hidden />)}
    </button>
  );

  return (
    <div className={classes.legend}>
      <div className={classes.head}>
        <div className={classes.name}>
          {header('name', 'series')}
          {Object.keys(frame.common).length > 0 && (
            <span className={`mono dimmed ellipsis ${classes.common}`} title={`All series have ${common}`}>
              all with {common}
            </span>
          )}
        </div>
        {COLUMNS.map(({ stat, title }) => (
          <div key={stat} className={classes.number} data-stat={stat}>
            {header(stat, title)}
          </div>
        ))}
      </div>
      <div ref={scroller} className={classes.scroller} style={{ height: Math.min(MOST_PX, rows.length * ROW_PX) }} onMouseLeave={() => onHighlight(null)}>
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const index = rows[item.index]!;
            const series = frame.series[index]!;
            const on = isolated === null || isolated.has(series.key);
            return (
              <button
                type="button"
                key={series.key}
                className={classes.row}
                data-on={on}
                aria-pressed={isolated !== null && on}
                title={seriesName(series.labels, {})}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={(event) => click(series.key, event)}
                onMouseEnter={() => onHighlight(series.key)}
                onFocus={() => onHighlight(series.key)}
                onBlur={() => onHighlight(null)}
              >
                <span className={classes.name}>
                  <i className={classes.swatch} style={{ background: colours[index] }} />
                  <span className="mono ellipsis">{series.name}</span>
                </span>
                {COLUMNS.map(({ stat }) => (
                  <span key={stat} className={`num ${classes.number}`} data-stat={stat}>
                    {series.stats[stat] === null ? '–' : formatValue(series.stats[stat], unit)}
                  </span>
                ))}
              </button>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function sorted(frame: Frame, { by, down }: Order): number[] {
  const indices = frame.series.map((_, i) => i);
  const direction = down ? -1 : 1;
  return indices.sort((a, b) => {
    const one = frame.series[a]!;
    const other = frame.series[b]!;
    if (by === 'name') return direction * one.name.localeCompare(other.name, 'en', { numeric: true });
    // What has no value stands last, whichever way the rest is sorted.
    const x = one.stats[by];
    const y = other.stats[by];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return direction * (x - y) || a - b;
  });
}
