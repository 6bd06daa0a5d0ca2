import { useVirtualizer } from '@tanstack/react-virtual';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useMemo, useRef, useState } from 'react';
import { useScheme } from '../../../theme/useScheme';
import { lengthOf } from '../../frames/frame';
import { displayName } from '../../frames/names';
import { compareValues } from '../../frames/transform/sortBy';
import { reduceValues } from '../../frames/reduce';
import { displayOf, shown } from '../../look/display';
import { flagOf, numberOf, objectOf, objectsOf, textOf, textsOf } from '../../model/json';
import { NoValues } from '../NoValues';
import type { PanelProps } from '../panelProps';
import { Cell } from './Cell';
import { columnsOf } from './columns';
import classes from './Table.module.css';

const HEIGHTS: Readonly<Record<string, number>> = { sm: 28, md: 34, lg: 42 };

/** Rows and columns. Heads sort; long tables are drawn by demand. */
export default function TablePanel({ panel, frames, width, height, scope }: PanelProps) {
  const scheme = useScheme();
  const { options } = panel;
  const scroller = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<number | null>(null);
  const [order, setOrder] = useState<{ name: string; down: boolean } | null>(null);
  const filled = useMemo(() => frames.filter((frame) => frame.fields.length > 0), [frames]);
  const index = Math.min(chosen ?? numberOf(options['frameIndex']) ?? 0, Math.max(0, filled.length - 1));
  const frame = filled[index];
  const columns = useMemo(() => (frame === undefined ? [] : columnsOf(frame, filled, width, scheme)), [frame, filled, width, scheme]);
  const rows = useMemo(() => {
    const all = frame === undefined ? [] : Array.from({ length: lengthOf(frame) }, (_, i) => i);
    const orders = order !== null ? [order] : objectsOf(options['sortBy']).map((one) => ({ name: textOf(one['displayName']), down: flagOf(one['desc']) }));
    const keys = orders.flatMap(({ name, down }) => {
      const column = columns.find((one) => one.name === name);
      return column === undefined ? [] : [{ values: column.sortValues, down }];
    });
    if (keys.length === 0) return all;
    return all.sort((a, b) => {
      for (const { values, down } of keys) {
        const compared = compareValues(values[a], values[b]);
        if (compared !== 0) return down ? -compared : compared;
      }
      return a - b;
    });
  }, [frame, columns, order, options]);
  const rowPx = HEIGHTS[textOf(options['cellHeight'])] ?? 28;
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => rowPx, overscan: 6, initialRect: { width, height } });
  if (frame === undefined || columns.length === 0) return <NoValues panel={panel} />;
  const template = columns.map((column) => (column.width === null ? `minmax(${column.least}px, 1fr)` : `${column.width}px`)).join(' ');
  const total = columns.reduce((sum, column) => sum + (column.width ?? column.least), 0);
  const footer = objectOf(options['footer']);
  const reducers = flagOf(footer['show']) ? textsOf(footer['reducer']) : [];
  const showHeader = flagOf(options['showHeader'], true);
  const sortedBy = order ?? (objectsOf(options['sortBy'])[0] === undefined ? null : { name: textOf(objectsOf(options['sortBy'])[0]!['displayName']), down: flagOf(objectsOf(options['sortBy'])[0]!['desc']) });
  const chooser = filled.length > 1 ? 28 : 0;
  return (
    <div className={classes.table} style={{ height }}>
      <div ref={scroller} className={classes.scroller} style={{ height: height - chooser }} role="table" aria-label={panel.title} aria-rowcount={rows.length}>
        <div style={{ minWidth: total }}>
          {showHeader && (
            <div className={classes.head} role="row" style={{ gridTemplateColumns: template }}>
              {columns.map((column) => (
                <div key={column.key} role="columnheader" data-align={column.align} aria-sort={sortedBy?.name === column.name ? (sortedBy.down ? 'descending' : 'ascending') : undefined}>
                  <button type="button" title={column.name} onClick={() => setOrder((before) => ({ name: column.name, down: before?.name === column.name ? !before.down : column.align === 'right' }))}>
                    <span>{column.name}</span>
                    {sortedBy?.name === column.name && (sortedBy.down ? <IconArrowDown size={12} aria-hidden /> : <IconArrowUp size={12} aria-hidden />)}
                  </button>
                </div>
              ))}
            </div>
          )}
          <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
            {virtual.getVirtualItems().map((item) => {
              const row = rows[item.index]!;
              return (
                <div key={item.key} role="row" className={classes.row} style={{ gridTemplateColumns: template, height: rowPx, transform: `translateY(${item.start}px)` }}>
                  {columns.map((column) => (
                    <Cell key={column.key} column={column} row={row} frame={frame} scheme={scheme} scope={scope} rowPx={rowPx} />
                  ))}
                </div>
              );
            })}
          </div>
          {reducers.length > 0 && (
            <div className={classes.foot} role="row" style={{ gridTemplateColumns: template }}>
              {columns.map((column) => {
                const value = column.field.type === 'number' ? reduceValues(column.field.values, reducers[0]!) : null;
                return (
                  <div key={column.key} role="cell" data-align={column.align}>
                    {value === null ? '' : shown(displayOf(column.field.config, value, scheme, column.limits))}
                  </div>
                );
              })}
            </div>
          )}
        </div>
      </div>
      {filled.length > 1 && (
        <select className={classes.chooser} aria-label="Which table" value={index} onChange={(event) => setChosen(Number(event.currentTarget.value))}>
          {filled.map((one, i) => (
            <option key={i} value={i}>
              {one.name || (one.fields[1] === undefined ? `Table ${i + 1}` : displayName(one.fields[1], one, filled))}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}
