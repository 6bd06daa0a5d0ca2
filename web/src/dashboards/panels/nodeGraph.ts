import dagre from '@dagrejs/dagre';
import type { Scheme } from '../../theme/useScheme';
import type { DataFrame, Field } from '../frames/frame';
import { lengthOf } from '../frames/frame';
import { colourNamed } from '../look/colours';
import { displayOf, shown } from '../look/display';
import { objectOf, objectsOf, textOf } from '../model/json';
import type { JsonObject } from '../model/json';

export interface GraphNode {
  id: string;
  title: string;
  subtitle: string;
  main: string;
  secondary: string;
  arcs: { share: number; colour: string }[];
  x: number;
  y: number;
}

export interface GraphEdge {
  id: string;
  source: string;
  target: string;
  label: string;
  /** 0 to 1 of the busiest. */
  weight: number;
}

export const NODE_PX = { width: 130, height: 104 };
const MOST_NODES = 500;

/** Nodes and edges of the frames, laid out from left to right. Frames with `source` and `target` are edges; nodes that only edges name are made up. */
export function graphOf(frames: readonly DataFrame[], options: JsonObject, scheme: Scheme): { nodes: GraphNode[]; edges: GraphEdge[]; left: number } {
  const has = (frame: DataFrame, name: string) => frame.fields.some((field) => field.name.toLowerCase() === name);
  const edgeFrames = frames.filter((frame) => has(frame, 'source') && has(frame, 'target'));
  const nodeFrames = frames.filter((frame) => !edgeFrames.includes(frame) && has(frame, 'id'));
  const nodes = new Map<string, GraphNode>();
  const nodeOptions = objectOf(options['nodes']);
  const arcColours = new Map(objectsOf(nodeOptions['arcs']).map((arc) => [textOf(arc['field']), textOf(arc['color'])]));
  for (const frame of nodeFrames) {
    const read = reader(frame, scheme);
    const arcs = frame.fields.filter((field) => /^arc__/i.test(field.name) || arcColours.has(field.name));
    for (let row = 0; row < lengthOf(frame); row++) {
      const id = read('id', row);
      nodes.set(id, {
        id,
        title: read('title', row) || id,
        subtitle: read('subtitle', row),
        main: read('mainstat', row, textOf(nodeOptions['mainStatUnit'])),
        secondary: read('secondarystat', row, textOf(nodeOptions['secondaryStatUnit'])),
        arcs: arcs.map((field) => ({ share: typeof field.values[row] === 'number' ? (field.values[row] as number) : 0, colour: colourNamed(arcColours.get(field.name) || field.config.color?.fixedColor || 'green', scheme) })),
        x: 0,
        y: 0,
      });
    }
  }
  const edges: GraphEdge[] = [];
  const edgeOptions = objectOf(options['edges']);
  for (const frame of edgeFrames) {
    const read = reader(frame, scheme);
    const stat = frame.fields.find((field) => field.name.toLowerCase() === 'mainstat');
    const most = Math.max(0, ...(stat?.values ?? []).map((value) => (typeof value === 'number' ? value : 0)));
    for (let row = 0; row < lengthOf(frame); row++) {
      const source = read('source', row);
      const target = read('target', row);
      for (const id of [source, target]) if (!nodes.has(id)) nodes.set(id, { id, title: id, subtitle: '', main: '', secondary: '', arcs: [], x: 0, y: 0 });
      const value = stat?.values[row];
      const label = [read('mainstat', row, textOf(edgeOptions['mainStatUnit'])), read('secondarystat', row, textOf(edgeOptions['secondaryStatUnit']))].filter((text) => text !== '').join(' · ');
      edges.push({ id: read('id', row) || `${source} ${target} ${row}`, source, target, label, weight: typeof value === 'number' && most > 0 ? value / most : 0 });
    }
  }
  const kept = [...nodes.values()].slice(0, MOST_NODES);
  const names = new Set(kept.map((node) => node.id));
  const shownEdges = edges.filter((edge) => names.has(edge.source) && names.has(edge.target));
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 90 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of kept) graph.setNode(node.id, { ...NODE_PX });
  for (const edge of shownEdges) if (edge.source !== edge.target) graph.setEdge(edge.source, edge.target);
  dagre.layout(graph);
  for (const node of kept) {
    const at = graph.node(node.id) as { x?: number; y?: number } | undefined;
    node.x = (at?.x ?? 0) - NODE_PX.width / 2;
    node.y = (at?.y ?? 0) - NODE_PX.height / 2;
  }
  return { nodes: kept, edges: shownEdges, left: nodes.size - kept.length };
}

function reader(frame: DataFrame, scheme: Scheme): (name: string, row: number, unit?: string) => string {
  const fields = new Map<string, Field>(frame.fields.map((field) => [field.name.toLowerCase(), field]));
  return (name, row, unit = '') => {
    const field = fields.get(name);
    const value = field?.values[row];
    if (field === undefined || value === null || value === undefined) return '';
    return shown(displayOf({ ...field.config, unit: unit || field.config.unit }, value, scheme, { min: 0, max: 1 }));
  };
}
