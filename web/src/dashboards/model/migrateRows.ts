import { flagOf, isObject, numberOf, objectsOf, textOf } from './json';
import type { Json, JsonObject } from './json';
import { parsePanel } from './panel';
import type { Panel } from './panel';

const CELL_PX = 30;
const GAP_PX = 8;

/** Heights of old dashboards are in pixels. */
function cellsOf(height: Json | undefined, otherwise: number): number {
  const px = numberOf(textOf(height).replace('px', ''));
  return px === null ? otherwise : Math.max(3, Math.ceil(px / (CELL_PX + GAP_PX)));
}

/**
 * Panels of a dashboard older than the grid: rows of panels whose `span` is in twelfths. A row gets a head of its own when the
 * dashboard shows titles of rows, folds one or repeats one.
 */
export function migrateRows(raw: JsonObject): Panel[] {
  const rows = objectsOf(raw['rows']);
  const withHeads = rows.some((row) => flagOf(row['collapse']) || flagOf(row['showTitle']) || textOf(row['repeat']) !== '');
  const made: Panel[] = [];
  let y = 0;
  rows.forEach((row, r) => {
    const repeat = textOf(row['repeat']);
    const collapsed = flagOf(row['collapse']);
    const height = cellsOf(row['height'], 7);
    const head = withHeads ? parsePanel({ type: 'row', title: row['title'] ?? '', collapsed, gridPos: { x: 0, y, w: 24, h: 1 }, id: 10_000 + r, ...(repeat === '' ? {} : { repeat }) }, ['rows', r]) : null;
    if (head !== null) {
      made.push(head);
      y++;
    }
    let x = 0;
    let lineHeight = 0;
    let top = y;
    const inside: Panel[] = [];
    (Array.isArray(row['panels']) ? row['panels'] : []).forEach((one: Json, p) => {
      if (!isObject(one)) return;
      const width = Math.max(1, Math.round((numberOf(one['span']) ?? 4) * 2));
      const tall = cellsOf(one['height'], height);
      if (x + width > 24) {
        top += lineHeight;
        x = 0;
        lineHeight = 0;
      }
      const panel = parsePanel({ ...one, gridPos: { x, y: top, w: width, h: tall } }, ['rows', r, 'panels', p]);
      x += width;
      lineHeight = Math.max(lineHeight, tall);
      if (panel !== null) inside.push(panel);
    });
    y = collapsed ? y : top + lineHeight;
    if (head !== null && collapsed) head.panels.push(...inside);
    else made.push(...inside);
  });
  return made;
}
