import type { Flame } from '../flame/flame';

/** A flame with the names of its services: two traces number them differently. */
export interface NamedFlame {
  flame: Flame;
  services: readonly string[];
}

/** What one trace did at a place of the tree. */
export interface Side {
  spans: number;
  errors: number;
  totalNanos: number;
  selfNanos: number;
}

/** A place in the trees of both traces: the same names under the same names. */
export interface ComparedRow {
  depth: number;
  service: string;
  name: string;
  /** Null where the trace has nothing there. */
  first: Side | null;
  second: Side | null;
}

/** Rows in pre-order, of siblings those first that take longest in either trace. Costs O(boxes), however deep they are. */
export function compared(first: NamedFlame, second: NamedFlame): ComparedRow[] {
  const rows: ComparedRow[] = [];
  const stack: { first: number | null; second: number | null; depth: number }[] = [];
  const push = (a: readonly number[], b: readonly number[], depth: number) => {
    const others = new Map(b.map((box) => [keyOf(second, box), box]));
    const pairs = a.map((box) => {
      const other = others.get(keyOf(first, box)) ?? null;
      others.delete(keyOf(first, box));
      return { first: box as number | null, second: other, depth };
    });
    for (const box of others.values()) pairs.push({ first: null, second: box, depth });
    const longest = (pair: (typeof pairs)[number]) => Math.max(pair.first === null ? 0 : first.flame.totalNanos[pair.first]!, pair.second === null ? 0 : second.flame.totalNanos[pair.second]!);
    // The last one pushed is the next one taken.
    stack.push(...pairs.sort((x, y) => longest(x) - longest(y)));
  };
  push(childrenOf(first.flame, null), childrenOf(second.flame, null), 0);
  while (stack.length > 0) {
    const pair = stack.pop()!;
    const [of, box] = pair.first === null ? [second, pair.second!] : [first, pair.first];
    rows.push({ depth: pair.depth, service: serviceOf(of, box), name: of.flame.name[box]!, first: sideOf(first.flame, pair.first), second: sideOf(second.flame, pair.second) });
    push(pair.first === null ? [] : childrenOf(first.flame, pair.first), pair.second === null ? [] : childrenOf(second.flame, pair.second), pair.depth + 1);
  }
  return rows;
}

function childrenOf(flame: Flame, box: number | null): number[] {
  const children: number[] = [];
  const end = box === null ? flame.count : flame.end[box]!;
  for (let at = box === null ? 0 : box + 1; at < end; at = flame.end[at]!) children.push(at);
  return children;
}

function serviceOf({ flame, services }: NamedFlame, box: number): string {
  return services[flame.service[box]!] ?? '';
}

function keyOf(of: NamedFlame, box: number): string {
  return `${serviceOf(of, box)}\u0001${of.flame.name[box]}`;
}

function sideOf(flame: Flame, box: number | null): Side | null {
  return box === null ? null : { spans: flame.spans[box]!, errors: flame.errors[box]!, totalNanos: flame.totalNanos[box]!, selfNanos: flame.selfNanos[box]! };
}

/** How much longer the second trace took by itself, by name wherever it was called: the largest differences first. */
export function differences(rows: readonly ComparedRow[]): { service: string; name: string; nanos: number }[] {
  const found = new Map<string, { service: string; name: string; nanos: number }>();
  for (const { service, name, first, second } of rows) {
    const key = `${service}\u0001${name}`;
    const one = found.get(key) ?? { service, name, nanos: 0 };
    one.nanos += (second?.selfNanos ?? 0) - (first?.selfNanos ?? 0);
    found.set(key, one);
  }
  return [...found.values()].filter(({ nanos }) => nanos !== 0).sort((a, b) => Math.abs(b.nanos) - Math.abs(a.nanos));
}
