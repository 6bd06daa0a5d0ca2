import type { GridPos, Panel } from '../model/panel';
import type { Option } from '../model/variable';
import type { Scoped } from '../variables/scope';

export const COLUMNS = 24;
export const ROW_PX = 30;
export const GAP_PX = 8;

/** A panel in its place. A panel that is repeated stands in several. */
export interface Placed {
  key: string;
  panel: Panel;
  pos: GridPos;
  scoped: Scoped;
  /** Rows: how many panels they fold away. */
  inside: number;
}

interface Section {
  row: Panel | null;
  key: string;
  panels: Panel[];
  scoped: Scoped;
}

/** The values that a panel is repeated for, by the name of a variable; null where there is no such variable. */
export type RepeatValues = (variable: string) => readonly Option[] | null;

/**
 * Panels in their places: rows and panels repeated for each value, those in folded rows left out, what lies below moved up or down
 * by it.
 */
export function layoutOf(panels: readonly Panel[], repeatValues: RepeatValues, isCollapsed: (key: string, row: Panel) => boolean): { placed: Placed[]; rows: number } {
  const placed: Placed[] = [];
  let y = 0;
  for (const section of sectionsOf(panels, repeatValues)) {
    const { row, key, scoped } = section;
    if (row !== null) {
      const folded = isCollapsed(key, row);
      placed.push({ key, panel: row, pos: { x: 0, y, w: COLUMNS, h: 1 }, scoped, inside: section.panels.length });
      y += 1;
      if (folded) continue;
    }
    const laid = layPanels(section, repeatValues);
    for (const one of laid.placed) placed.push({ ...one, pos: { ...one.pos, y: one.pos.y + y } });
    y += laid.height;
  }
  return { placed, rows: y };
}

function sectionsOf(panels: readonly Panel[], repeatValues: RepeatValues): Section[] {
  const ordered = [...panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
  const sections: Section[] = [{ row: null, key: '', panels: [], scoped: {} }];
  for (const panel of ordered) {
    if (panel.type === 'row') sections.push({ row: panel, key: keyOf(panel), panels: [...panel.panels], scoped: {} });
    else sections.at(-1)!.panels.push(panel);
  }
  return sections.flatMap((section): Section[] => {
    const values = section.row?.repeat == null ? null : repeatValues(section.row.repeat);
    if (values === null) return section.row === null && section.panels.length === 0 ? [] : [section];
    return values.map((value, i) => ({ ...section, key: i === 0 ? section.key : `${section.key}:${i}`, scoped: { [section.row!.repeat!]: value } }));
  });
}

const keyOf = (panel: Panel) => panel.path.join('.');

function layPanels({ panels, scoped, key }: Section, repeatValues: RepeatValues): { placed: Placed[]; height: number } {
  const top = Math.min(...panels.map((panel) => panel.gridPos.y));
  const ordered = [...panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
  const placed: Placed[] = [];
  /** From which line on (as the document has it) everything lies how much lower. */
  const pushes: { from: number; by: number }[] = [];
  const prefix = key.includes(':') ? `${key}/` : '';
  for (const panel of ordered) {
    const own = panel.gridPos.y - top;
    const y = own + pushes.filter((push) => own >= push.from).reduce((sum, push) => sum + push.by, 0);
    const { x, w, h } = panel.gridPos;
    const values = panel.repeat === null ? null : repeatValues(panel.repeat);
    if (values === null) {
      placed.push({ key: prefix + keyOf(panel), panel, pos: { x, y, w, h }, scoped, inside: 0 });
      continue;
    }
    const across = panel.repeatDirection === 'h';
    const perRow = across ? Math.max(1, Math.min(values.length, panel.maxPerRow)) : 1;
    const width = across ? Math.floor(COLUMNS / perRow) : w;
    values.forEach((value, i) => {
      const pos = { x: across ? (i % perRow) * width : x, y: y + Math.floor(i / perRow) * h, w: width, h };
      placed.push({ key: `${prefix}${keyOf(panel)}${i === 0 ? '' : `:${i}`}`, panel, pos, scoped: { ...scoped, [panel.repeat!]: value }, inside: 0 });
    });
    const lines = Math.ceil(values.length / perRow);
    if (lines > 1) pushes.push({ from: own + h, by: (lines - 1) * h });
  }
  compact(placed);
  return { placed, height: Math.max(0, ...placed.map(({ pos }) => pos.y + pos.h)) };
}

/** Moves panels up into gaps, and down from under others: no document's places are free of both. */
function compact(placed: Placed[]): void {
  const done: GridPos[] = [];
  for (const one of [...placed].sort((a, b) => a.pos.y - b.pos.y || a.pos.x - b.pos.x)) {
    const { pos } = one;
    const hit = () => done.find((other) => pos.x < other.x + other.w && other.x < pos.x + pos.w && pos.y < other.y + other.h && other.y < pos.y + pos.h);
    while (pos.y > 0) {
      pos.y--;
      if (hit() === undefined) continue;
      pos.y++;
      break;
    }
    for (let other = hit(); other !== undefined; other = hit()) pos.y = other.y + other.h;
    done.push(pos);
  }
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Below this width panels stand one under the other, small ones in pairs. */
export const NARROW_PX = 700;

/** Places in pixels for a page of this width. */
export function boxesOf(placed: readonly Placed[], width: number): { boxes: Map<string, Box>; height: number } {
  const boxes = new Map<string, Box>();
  if (width >= NARROW_PX) {
    const cell = (width - GAP_PX * (COLUMNS - 1)) / COLUMNS;
    let bottom = 0;
    for (const { key, pos } of placed) {
      const box = { left: pos.x * (cell + GAP_PX), top: pos.y * (ROW_PX + GAP_PX), width: pos.w * cell + (pos.w - 1) * GAP_PX, height: pos.h * ROW_PX + (pos.h - 1) * GAP_PX };
      boxes.set(key, box);
      bottom = Math.max(bottom, box.top + box.height);
    }
    return { boxes, height: bottom };
  }
  let top = 0;
  let half: { top: number; height: number } | null = null;
  for (const { key, pos, panel } of [...placed].sort((a, b) => a.pos.y - b.pos.y || a.pos.x - b.pos.x)) {
    if (panel.type === 'row') {
      if (half !== null) top = half.top + half.height + GAP_PX;
      half = null;
      boxes.set(key, { left: 0, top, width, height: ROW_PX });
      top += ROW_PX + GAP_PX;
      continue;
    }
    const height = Math.max(80, Math.min(420, pos.h * (ROW_PX + GAP_PX) - GAP_PX));
    if (pos.w <= 6) {
      const side = (width - GAP_PX) / 2;
      if (half === null) {
        boxes.set(key, { left: 0, top, width: side, height });
        half = { top, height };
      } else {
        boxes.set(key, { left: side + GAP_PX, top: half.top, width: side, height });
        top = half.top + Math.max(half.height, height) + GAP_PX;
        half = null;
      }
      continue;
    }
    if (half !== null) top = half.top + half.height + GAP_PX;
    half = null;
    boxes.set(key, { left: 0, top, width, height });
    top += height + GAP_PX;
  }
  if (half !== null) top = half.top + half.height + GAP_PX;
  return { boxes, height: top };
}
