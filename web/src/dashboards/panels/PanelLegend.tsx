import { useMemo, useState } from 'react';
import type { MouseEvent, ReactNode } from 'react';
import type { LegendItem, LegendLook } from './legendItems';
import classes from './Panels.module.css';

interface Props {
  items: readonly LegendItem[];
  look: LegendLook;
  width: number;
  height: number;
  isolated: ReadonlySet<string> | null;
  onIsolate: (keys: ReadonlySet<string> | null) => void;
  onHighlight: (key: string | null) => void;
  /** The chart, of the room that the legend leaves. */
  children: (width: number, height: number) => ReactNode;
}

const ROW_PX = 20;
/** A chart lower than this says nothing. */
const LEAST_CHART_PX = 90;
/** A legend of more rows is cut: it says how many there are. */
const MOST_ITEMS = 200;

/** A chart with its legend below or beside it: a list, or a table of calculations. A click shows one series alone, with Ctrl or ⌘ one more. */
export function PanelLegend({ items, look, width, height, isolated, onIsolate, onHighlight, children }: Props) {
  const [order, setOrder] = useState<{ by: string; down: boolean } | null>(null);
  const calcs = items[0]?.stats ?? [];
  const sorted = useMemo(() => {
    const by = order?.by ?? (calcs.find((stat) => stat.title === look.sortBy)?.id ?? (look.sortBy === 'Name' ? 'name' : ''));
    const down = order?.down ?? look.sortDesc;
    if (by === '') return items;
    const value = (item: LegendItem) => item.stats.find((stat) => stat.id === by)?.value ?? -Infinity;
    return [...items].sort((a, b) => (down ? -1 : 1) * (by === 'name' ? a.name.localeCompare(b.name, 'en', { numeric: true }) : value(a) - value(b)));
  }, [items, order, look, calcs]);
  if (!look.show || items.length === 0 || height < LEAST_CHART_PX + 24) return <>{children(width, height)}</>;

  const right = look.right && width > 420;
  const asTable = look.table && (right ? width > 420 : width > 300);
  const wanted = asTable ? (items.length + 1) * ROW_PX + 4 : right ? items.length * ROW_PX : listHeight(items, width);
  const legendHeight = right ? height : Math.min(wanted, Math.max(ROW_PX + 4, Math.floor(Math.min(height * 0.42, height - LEAST_CHART_PX))));
  const legendWidth = right ? Math.floor(Math.min(width * 0.45, asTable ? 160 + 70 * calcs.length : 220)) : width;

  const click = (key: string, event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) {
      const next = new Set(isolated ?? items.map((item) => item.key));
      if (next.has(key)) next.delete(key);
      else next.add(key);
      onIsolate(next.size === 0 || next.size === items.length ? null : next);
    } else onIsolate(isolated?.size === 1 && isolated.has(key) ? null : new Set([key]));
  };
  const button = (item: LegendItem) => (
    <button
      type="button"
      className={classes.legendName}
      data-on={isolated === null || isolated.has(item.key)}
      aria-pressed={isolated !== null && isolated.has(item.key)}
      title={item.name}
      onClick={(event) => click(item.key, event)}
      onMouseEnter={() => onHighlight(item.key)}
      onMouseLeave={() => onHighlight(null)}
      onFocus={() => onHighlight(item.key)}
      onBlur={() => onHighlight(null)}
    >
      <i style={{ background: item.colour }} />
      <span>{item.name}</span>
    </button>
  );
  const head = (by: string, title: string) => (
    <button type="button" onClick={() => setOrder((before) => ({ by, down: before?.by === by ? !before.down : by !== 'name' }))} aria-label={`Sort by ${title}`}>
      {title}
    </button>
  );
  const cut = sorted.length > MOST_ITEMS ? <p className={classes.legendMore}>and {sorted.length - MOST_ITEMS} more</p> : null;

  return (
    <div className={classes.withLegend} data-right={right}>
      {children(right ? width - legendWidth - 8 : width, right ? height : height - legendHeight)}
      <div className={classes.legend} style={right ? { width: legendWidth, height } : { height: legendHeight }}>
        {asTable ? (
          <table className={classes.legendTable}>
            <thead>
              <tr>
                <th>{head('name', 'Name')}</th>
                {calcs.map((stat) => (
                  <th key={stat.id}>{head(stat.id, stat.title)}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {sorted.slice(0, MOST_ITEMS).map((item) => (
                <tr key={item.key}>
                  <td>{button(item)}</td>
                  {item.stats.map((stat) => (
                    <td key={stat.id}>{stat.text}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        ) : (
          <ul className={classes.legendList} data-right={right}>
            {sorted.slice(0, MOST_ITEMS).map((item) => (
              <li key={item.key}>
                {button(item)}
                {item.stats.map((stat) => (
                  <span key={stat.id} className={classes.legendStat} title={stat.title}>
                    {stat.text}
                  </span>
                ))}
              </li>
            ))}
          </ul>
        )}
        {cut}
      </div>
    </div>
  );
}

/** About how high a list of these names gets at this width. */
function listHeight(items: readonly LegendItem[], width: number): number {
  let rows = 1;
  let x = 0;
  for (const item of items) {
    const needed = Math.min(width, 26 + item.name.length * 6.2 + item.stats.reduce((sum, stat) => sum + stat.text.length * 6.2 + 8, 0) + 10);
    if (x + needed > width && x > 0) {
      rows++;
      x = 0;
    }
    x += needed;
  }
  return rows * ROW_PX + 4;
}
