import { Graph, layout } from '@dagrejs/dagre';
import type { ServiceGraph } from '../model/graph';

/** A node's box; all have one size, so that figures that change move nothing. */
export const NODE_WIDTH = 176;
export const NODE_HEIGHT = 44;
const BETWEEN_LAYERS = 88;
const BETWEEN_NODES = 12;
const STEP_X = NODE_WIDTH + BETWEEN_LAYERS;
const STEP_Y = NODE_HEIGHT + BETWEEN_NODES;
/** What a map should fit in without being made smaller than `LEAST_ZOOM`; larger ones are packed. */
const WINDOW = { width: 1200, height: 760 };
const LEAST_ZOOM = 0.7;
/** Between the columns of a packed map. */
const BETWEEN_COLUMNS = 32;
/** Above this, the exact way of finding layers takes seconds. */
const MOST_EDGES_EXACT = 400;

export interface Point {
  x: number;
  y: number;
}

/** Where everything stands: the left upper corners of nodes by name, the ways of edges by `edgeId`. */
export interface Layout {
  positions: ReadonlyMap<string, Point>;
  routes: ReadonlyMap<string, readonly Point[]>;
}

export const NO_LAYOUT: Layout = { positions: new Map(), routes: new Map() };

export function edgeId({ client, server }: { client: string; server: string }): string {
  return `${client}\u0001${server}`;
}

type Topology = Pick<ServiceGraph, 'edges'> & { nodes: readonly { name: string }[] };

/** Callers at the left of what they call, in layers, with few crossings. The same graph is laid out the same way each time. */
export function layered({ nodes, edges }: Topology): Layout {
  const graph = new Graph({ directed: true });
  graph.setGraph({ rankdir: 'LR', nodesep: BETWEEN_NODES, ranksep: BETWEEN_LAYERS, edgesep: 6, ranker: edges.length > MOST_EDGES_EXACT ? 'tight-tree' : 'network-simplex' });
  graph.setDefaultEdgeLabel(() => ({}));
  // In order of names: the order of an answer is not the graph's.
  for (const { name } of [...nodes].sort((a, b) => a.name.localeCompare(b.name))) graph.setNode(name, { width: NODE_WIDTH, height: NODE_HEIGHT });
  const calls = edges.filter(({ client, server }) => client !== server && graph.hasNode(client) && graph.hasNode(server));
  for (const { client, server } of [...calls].sort((a, b) => edgeId(a).localeCompare(edgeId(b)))) graph.setEdge(client, server);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const positions = new Map<string, Point>();
  for (const name of graph.nodes()) {
    const { x = 0, y = 0 } = graph.node(name) as Partial<Point>;
    positions.set(name, { x: x - NODE_WIDTH / 2, y: y - NODE_HEIGHT / 2 });
  }
  if (Math.min(WINDOW.width / width, WINDOW.height / height) < LEAST_ZOOM) {
    const packed = pack(positions);
    if (sizeOf(packed) < Math.max(width / WINDOW.width, height / WINDOW.height)) return { positions: packed, routes: new Map() };
  }
  const routes = new Map<string, readonly Point[]>();
  for (const { v, w } of graph.edges()) routes.set(edgeId({ client: v, server: w }), (graph.edge(v, w) as { points?: Point[] }).points ?? []);
  return { positions, routes };
}

/** How much smaller than at its full size a map has to be drawn to be seen whole. */
function sizeOf(positions: ReadonlyMap<string, Point>): number {
  const all = [...positions.values()];
  const extent = (of: (point: Point) => number, own: number) => Math.max(...all.map(of)) - Math.min(...all.map(of)) + own;
  return Math.max(extent(({ x }) => x, NODE_WIDTH) / WINDOW.width, extent(({ y }) => y, NODE_HEIGHT) / WINDOW.height);
}

/**
 * A layer of hundreds is a line that nobody can read: it becomes several columns, as many as let the whole be drawn largest. Layers keep their
 * order, and nodes theirs from top to bottom.
 */
function pack(positions: ReadonlyMap<string, Point>): Map<string, Point> {
  const byX = new Map<number, string[]>();
  for (const [name, { x }] of [...positions].sort(([, a], [, b]) => a.y - b.y)) byX.set(x, [...(byX.get(x) ?? []), name]);
  const layers = [...byX].sort(([a], [b]) => a - b).map(([, names]) => names);
  const columnsWith = (rows: number) => layers.reduce((sum, names) => sum + Math.ceil(names.length / rows), 0);
  const stepX = NODE_WIDTH + BETWEEN_COLUMNS;
  const smallness = (rows: number) => Math.max((columnsWith(rows) * stepX) / WINDOW.width, (rows * STEP_Y) / WINDOW.height);
  const highest = Math.max(...layers.map((names) => names.length));
  let rows = 1;
  for (let more = 2; more <= highest; more++) if (smallness(more) < smallness(rows)) rows = more;

  const packed = new Map<string, Point>();
  let column = 0;
  for (const names of layers) {
    const columns = Math.ceil(names.length / rows);
    const lines = Math.ceil(names.length / columns);
    names.forEach((name, i) => {
      // A layer with few nodes takes the whole height, too: their calls come apart.
      const line = (Math.floor(i / columns) + 0.5) / lines;
      packed.set(name, { x: (column + (i % columns)) * stepX, y: line * rows * STEP_Y });
    });
    column += columns;
  }
  return packed;
}

/**
 * The layout after a refresh. What was there stays where it was; what is new finds a free place beside what it is connected with. Only a
 * graph that shares nothing with the one before is laid out anew.
 */
export function settled(before: Layout, graph: Topology): Layout {
  const added = graph.nodes.filter(({ name }) => !before.positions.has(name));
  if (added.length === 0) return before;
  if (added.length === graph.nodes.length) return layered(graph);
  const positions = new Map(before.positions);
  // Neighbours first, then theirs: each round places what touches something placed.
  for (let left = added.map(({ name }) => name); left.length > 0; ) {
    const next = left.find((name) => graph.edges.some(({ client, server }) => (client === name && positions.has(server)) || (server === name && positions.has(client)))) ?? left[0]!;
    positions.set(next, freePlace(wantedPlace(next, graph, positions), positions));
    left = left.filter((name) => name !== next);
  }
  return { positions, routes: before.routes };
}

/** Right of a caller, left of what is called, and below everything without either. */
function wantedPlace(name: string, { edges }: Topology, positions: ReadonlyMap<string, Point>): Point {
  for (const { client, server } of edges) {
    const caller = server === name ? positions.get(client) : undefined;
    if (caller !== undefined) return { x: caller.x + STEP_X, y: caller.y };
    const called = client === name ? positions.get(server) : undefined;
    if (called !== undefined) return { x: called.x - STEP_X, y: called.y };
  }
  const all = [...positions.values()];
  return { x: Math.min(...all.map(({ x }) => x)), y: Math.max(...all.map(({ y }) => y)) + STEP_Y };
}

/** The nearest place above or below that overlaps nothing. */
function freePlace({ x, y }: Point, positions: ReadonlyMap<string, Point>): Point {
  const column = [...positions.values()].filter((other) => Math.abs(other.x - x) < NODE_WIDTH + BETWEEN_NODES);
  const isFree = (at: number) => column.every((other) => Math.abs(other.y - at) >= STEP_Y);
  for (let away = 0; ; away += STEP_Y / 2) {
    if (isFree(y + away)) return { x, y: y + away };
    if (isFree(y - away)) return { x, y: y - away };
  }
}

/** A soft line through the points, which keeps clear of the nodes that they lead around. */
export function pathThrough(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (first === undefined || last === undefined) return '';
  let path = `M${first.x},${first.y}`;
  rest.forEach((point, i) => {
    const next = rest[i + 1] ?? last;
    const end = rest[i + 1] === undefined ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    path += ` Q${point.x},${point.y} ${end.x},${end.y}`;
  });
  return rest.length === 0 ? `${path} L${last.x},${last.y}` : path;
}
