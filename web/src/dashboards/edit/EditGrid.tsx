import 'react-grid-layout/css/styles.css';
import type { ReactNode } from 'react';
import { useMemo } from 'react';
import GridLayout from 'react-grid-layout';
import type { Layout } from 'react-grid-layout';
import type { JsonPath } from '../model/json';
import type { GridPos } from '../model/panel';
import { COLUMNS, GAP_PX, ROW_PX } from '../page/layout';
import type { Placed } from '../page/layout';
import classes from './Edit.module.css';

interface Props {
  placed: readonly Placed[];
  width: number;
  onMove: (places: { path: JsonPath; pos: GridPos }[]) => void;
  children: (placed: Placed) => ReactNode;
}

/** The panels while they are arranged: dragged by their heads, sized at their corner. */
export default function EditGrid({ placed, width, onMove, children }: Props) {
  const layout = useMemo(() => placed.map(({ key, panel, pos }) => ({ i: key, ...pos, ...(panel.type === 'row' ? { isResizable: false } : { minW: 2, minH: 2 }) })), [placed]);
  const moved = (next: Layout) => {
    const byKey = new Map(next.map((item) => [item.i, item]));
    onMove(
      placed.flatMap(({ key, panel }) => {
        const item = byKey.get(key);
        return item === undefined ? [] : [{ path: panel.path, pos: { x: item.x, y: item.y, w: item.w, h: item.h } }];
      }),
    );
  };
  return (
    <GridLayout
      className={classes.grid}
      width={width}
      layout={layout}
      gridConfig={{ cols: COLUMNS, rowHeight: ROW_PX, margin: [GAP_PX, GAP_PX], containerPadding: [0, 0] }}
      dragConfig={{ enabled: true, handle: 'header, h2', cancel: 'button, a, input' }}
      resizeConfig={{ enabled: true, handles: ['se'] }}
      onDragStop={moved}
      onResizeStop={moved}
    >
      {placed.map((one) => (
        <div key={one.key}>{children(one)}</div>
      ))}
    </GridLayout>
  );
}
