import { at, isObject, listOf, numberOf, objectOf, withAt } from '../model/json';
import type { Json, JsonObject, JsonPath } from '../model/json';
import type { GridPos, PanelType } from '../model/panel';

/** Changes of a dashboard's document. Each gives a new document that differs in the named place alone; everything else stays to the letter. */
export function setIn(raw: JsonObject, path: JsonPath, value: Json | undefined): JsonObject {
  return withAt(raw, path, value) as JsonObject;
}

export function movePanels(raw: JsonObject, places: readonly { path: JsonPath; pos: GridPos }[]): JsonObject {
  return places.reduce((document, { path, pos }) => {
    const before = objectOf(at(document, [...path, 'gridPos']));
    const same = before['x'] === pos.x && before['y'] === pos.y && before['w'] === pos.w && before['h'] === pos.h;
    return same ? document : setIn(document, [...path, 'gridPos'], { ...before, ...pos });
  }, raw);
}

export function removePanel(raw: JsonObject, path: JsonPath): JsonObject {
  return setIn(raw, path, undefined);
}

/** The largest id that a panel has, those in rows too. */
function lastId(panels: Json | undefined): number {
  return listOf(panels).reduce<number>((most, panel) => Math.max(most, numberOf(objectOf(panel)['id']) ?? 0, lastId(objectOf(panel)['panels'])), 0);
}

function bottomOf(panels: Json | undefined): number {
  return listOf(panels).reduce<number>((most, panel) => {
    const pos = objectOf(objectOf(panel)['gridPos']);
    return Math.max(most, (numberOf(pos['y']) ?? 0) + (numberOf(pos['h']) ?? 0));
  }, 0);
}

/** A copy below the others of the same list. */
export function duplicatePanel(raw: JsonObject, path: JsonPath): JsonObject {
  const panel = at(raw, path);
  if (!isObject(panel)) return raw;
  const list = path.slice(0, -1);
  const copy = { ...panel, id: lastId(raw['panels']) + 1, gridPos: { ...objectOf(panel['gridPos']), y: bottomOf(at(raw, list)) } };
  return setIn(raw, list, [...listOf(at(raw, list)), copy]);
}

/** A new panel below all others. */
export function addPanel(raw: JsonObject, type: PanelType): JsonObject {
  const panels = listOf(raw['panels']);
  const isRow = type === 'row';
  const panel: JsonObject = {
    id: lastId(panels) + 1,
    type,
    title: isRow ? 'Row' : 'New panel',
    gridPos: { x: 0, y: bottomOf(panels), w: isRow ? 24 : 12, h: isRow ? 1 : 8 },
    ...(isRow ? { collapsed: false, panels: [] } : type === 'text' ? { options: { mode: 'markdown', content: '' } } : { datasource: { type: type === 'logs' ? 'loki' : type === 'traces' ? 'tempo' : 'prometheus' }, targets: [{ refId: 'A', expr: '' }], fieldConfig: { defaults: {}, overrides: [] }, options: {} }),
  };
  return { ...raw, panels: [...panels, panel] };
}

/** Folds a row's panels into it, or puts them on the page below it, as Grafana keeps them. */
export function toggleRow(raw: JsonObject, path: JsonPath): JsonObject {
  const panels = listOf(raw['panels']);
  const index = Number(path[1]);
  const row = panels[index];
  if (!isObject(row)) return raw;
  const y = (panel: Json) => numberOf(objectOf(objectOf(panel)['gridPos'])['y']) ?? 0;
  const shift = (panel: Json, by: number): Json => setIn(objectOf(panel), ['gridPos', 'y'], y(panel) + by);
  if (row['collapsed'] === true) {
    const inside = listOf(row['panels']);
    const top = Math.min(...inside.map(y));
    const height = inside.length === 0 ? 0 : bottomOf(inside) - top;
    const opened = inside.map((panel) => shift(panel, y(row) + 1 - top));
    const before = panels.slice(0, index);
    const after = panels.slice(index + 1).map((panel) => (y(panel) > y(row) ? shift(panel, height) : panel));
    return { ...raw, panels: [...before.map((panel) => (y(panel) > y(row) ? shift(panel, height) : panel)), { ...row, collapsed: false, panels: [] }, ...opened, ...after] };
  }
  const next = Math.min(...panels.filter((panel) => objectOf(panel)['type'] === 'row' && y(panel) > y(row)).map(y), Infinity);
  const inside = panels.filter((panel) => panel !== row && objectOf(panel)['type'] !== 'row' && y(panel) > y(row) && y(panel) < next);
  return { ...raw, panels: panels.filter((panel) => !inside.includes(panel)).map((panel) => (panel === row ? { ...row, collapsed: true, panels: inside } : panel)) };
}
