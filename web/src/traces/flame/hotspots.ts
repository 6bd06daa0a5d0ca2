import type { Flame } from './flame';

/** What all spans of one name and service did, wherever they were called. */
export interface Hotspot {
  service: number;
  name: string;
  spans: number;
  errors: number;
  selfNanos: number;
  /** Spans of the name that run within one another count once. */
  totalNanos: number;
  longest: number;
}

/** By their own time, most first. */
export function hotspots(flame: Flame): Hotspot[] {
  const found = new Map<string, Hotspot & { widest: number }>();
  for (let box = 0; box < flame.count; box++) {
    const key = `${flame.service[box]}\u0001${flame.name[box]}`;
    const spot = found.get(key) ?? { service: flame.service[box]!, name: flame.name[box]!, spans: 0, errors: 0, selfNanos: 0, totalNanos: 0, longest: flame.longest[box]!, widest: 0 };
    spot.spans += flame.spans[box]!;
    spot.errors += flame.errors[box]!;
    spot.selfNanos += flame.selfNanos[box]!;
    if (!isWithinItself(flame, box)) spot.totalNanos += flame.totalNanos[box]!;
    if (flame.totalNanos[box]! > spot.widest) {
      spot.widest = flame.totalNanos[box]!;
      spot.longest = flame.longest[box]!;
    }
    found.set(key, spot);
  }
  return [...found.values()].map(({ widest: _, ...spot }) => spot).sort((a, b) => b.selfNanos - a.selfNanos || b.totalNanos - a.totalNanos || a.name.localeCompare(b.name));
}

function isWithinItself(flame: Flame, box: number): boolean {
  for (let above = flame.parent[box]!; above !== -1; above = flame.parent[above]!) {
    if (flame.service[above] === flame.service[box] && flame.name[above] === flame.name[box]) return true;
  }
  return false;
}
