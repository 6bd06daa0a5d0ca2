import '@xyflow/react/dist/base.css';
import { Background, ReactFlow, ReactFlowProvider, useReactFlow, useStore } from '@xyflow/react';
import type { Edge, Node } from '@xyflow/react';
import { IconArrowsMaximize, IconMinus, IconPlus, IconWand } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { CSSProperties, MouseEvent, ReactNode } from 'react';
import controls from '../../controls/Controls.module.css';
import { formatSeconds } from '../../format/duration';
import { formatPercent, formatSi } from '../../format/number';
import { colourOf } from '../../palette/palette';
import { useScheme } from '../../theme/useScheme';
import type { GraphEdge, ServiceGraph } from '../model/graph';
import { CallEdge } from './CallEdge';
import type { CallEdgeType } from './CallEdge';
import { edgeId, layered, NODE_HEIGHT, NODE_WIDTH, NO_LAYOUT, settled } from './layout';
import type { Layout } from './layout';
import classes from './Map.module.css';
import { ServiceNode } from './ServiceNode';
import type { ServiceNodeType } from './ServiceNode';

const NODE_TYPES = { service: ServiceNode };
const EDGE_TYPES = { call: CallEdge };
/** Few enough that their figures can stand on the lines. */
const MOST_LABELLED = 12;
/** So many lines that they have to step back behind the nodes. */
const MANY_EDGES = 80;

/** How figures are said: a map of services has rates and percentiles, a trace has calls. */
export interface GraphWords {
  rate: (value: number) => string;
  rateName: string;
  clientName: string;
  serverName: string;
}

const MAP_WORDS: GraphWords = { rate: (value) => formatSi(value, '/s', 2), rateName: 'rate', clientName: 'p95 at the caller', serverName: 'p95 at the called' };

interface Props {
  graph: ServiceGraph;
  /** Names that a search found; null without one. */
  found: ReadonlySet<string> | null;
  chosen: string | null;
  onChoose: (name: string | null) => void;
  words?: GraphWords;
}

/** The map as it is drawn. Places are found once; a refresh changes figures, not places. */
export default function GraphView(props: Props) {
  return (
    <ReactFlowProvider>
      <Flow {...props} />
    </ReactFlowProvider>
  );
}

function Flow({ graph, found, chosen, onChoose, words = MAP_WORDS }: Props) {
  const scheme = useScheme();
  const flow = useReactFlow();
  const kept = useRef<Layout>(NO_LAYOUT);
  const [tidied, setTidied] = useState(0);
  const layout = useMemo(() => {
    kept.current = settled(kept.current, graph);
    return kept.current;
    // Tidying up throws the layout before away.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [graph, tidied]);
  const near = useMemo(() => neighboursOf(graph, chosen), [graph, chosen]);
  const [hovered, setHovered] = useState<{ edge: GraphEdge; x: number; y: number } | null>(null);

  const nodes = useMemo((): ServiceNodeType[] => {
    const most = Math.max(...graph.nodes.map(({ rate }) => rate), 0);
    return graph.nodes.map((node) => ({
      id: node.name,
      type: 'service',
      position: layout.positions.get(node.name)!,
      width: NODE_WIDTH,
      height: NODE_HEIGHT,
      selected: node.name === chosen,
      ariaLabel: `${node.name}: ${words.rate(node.rate)}${node.errorShare ? `, ${formatPercent(node.errorShare)} errors` : ''}`,
      data: {
        node,
        rate: words.rate(node.rate),
        colour: colourOf(node.name, scheme),
        size: most === 0 ? 0 : Math.log1p(node.rate) / Math.log1p(most),
        isFaint: (found !== null && !found.has(node.name)) || (near !== null && !near.has(node.name)),
        isFound: found?.has(node.name) ?? false,
      },
    }));
  }, [graph, layout, chosen, near, found, scheme, words]);

  const edges = useMemo((): CallEdgeType[] => {
    const most = Math.max(...graph.edges.map(({ rate }) => rate), 0);
    const touching = graph.edges.filter(({ client, server }) => client === chosen || server === chosen).length;
    return graph.edges.map((edge) => {
      const touches = edge.client === chosen || edge.server === chosen;
      return {
        id: edgeId(edge),
        type: 'call',
        source: edge.client,
        target: edge.server,
        focusable: false,
        zIndex: touches ? 1 : 0,
        data: {
          edge,
          rate: words.rate(edge.rate),
          route: layout.routes.get(edgeId(edge)) ?? null,
          size: most === 0 ? 0 : Math.log1p(edge.rate) / Math.log1p(most),
          touches,
          isFaint: (chosen !== null && !touches) || (found !== null && !found.has(edge.client) && !found.has(edge.server)),
          isLabelled: touches ? touching <= MOST_LABELLED : chosen === null && graph.edges.length <= MOST_LABELLED,
        },
      };
    });
  }, [graph, layout, chosen, found, words]);

  // A node that is chosen elsewhere, by search or in a list, comes into sight.
  useEffect(() => {
    const at = chosen === null ? undefined : kept.current.positions.get(chosen);
    if (at === undefined) return;
    const { x, y, zoom } = flow.getViewport();
    const box = document.querySelector('[data-map]')?.getBoundingClientRect();
    const left = at.x * zoom + x;
    const top = at.y * zoom + y;
    if (box && left >= 0 && top >= 0 && left + NODE_WIDTH * zoom <= box.width && top + NODE_HEIGHT * zoom <= box.height) return;
    void flow.setCenter(at.x + NODE_WIDTH / 2, at.y + NODE_HEIGHT / 2, { zoom: Math.max(zoom, 0.7), duration: 200 });
  }, [chosen, flow]);

  const tidy = () => {
    kept.current = layered(graph);
    setTidied((n) => n + 1);
    requestAnimationFrame(() => void flow.fitView(FIT));
  };
  const hover = (event: MouseEvent, { data }: Edge) => setHovered({ edge: (data as CallEdgeType['data'])!.edge, x: event.clientX, y: event.clientY });

  return (
    <ZoomAware isMany={graph.edges.length > MANY_EDGES}>
      <ReactFlow<ServiceNodeType, CallEdgeType>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        deleteKeyCode={null}
        fitView
        fitViewOptions={FIT}
        minZoom={0.1}
        maxZoom={2}
        onNodeClick={(_, node: Node) => onChoose(node.id === chosen ? null : node.id)}
        onPaneClick={() => onChoose(null)}
        onEdgeMouseEnter={hover}
        onEdgeMouseMove={hover}
        onEdgeMouseLeave={() => setHovered(null)}
        onKeyDown={(event) => {
          const id = (event.target as HTMLElement).closest<HTMLElement>('.react-flow__node')?.dataset['id'];
          if (event.key === 'Escape') onChoose(null);
          if (event.key === 'Enter' && id !== undefined) onChoose(id);
        }}
      >
        <Background gap={24} size={1} color="var(--grid)" />
      </ReactFlow>
      <div className={classes.zoom}>
        <button type="button" className={controls.button} onClick={() => void flow.zoomIn()} aria-label="Closer" title="Closer">
          <IconPlus size={14} stroke={1.8} aria-hidden />
        </button>
        <button type="button" className={controls.button} onClick={() => void flow.zoomOut()} aria-label="Farther" title="Farther">
          <IconMinus size={14} stroke={1.8} aria-hidden />
        </button>
        <button type="button" className={controls.button} onClick={() => void flow.fitView(FIT)} aria-label="Show all" title="Show all">
          <IconArrowsMaximize size={14} stroke={1.8} aria-hidden />
        </button>
        <button type="button" className={controls.button} onClick={tidy} aria-label="Lay out anew" title="Lay out anew">
          <IconWand size={14} stroke={1.8} aria-hidden />
        </button>
      </div>
      {hovered !== null && <EdgeTip {...hovered} words={words} />}
    </ZoomAware>
  );
}

/** Smaller than this nothing can be read: then a part is shown, to be moved about in. */
const FIT = { padding: 0.06, maxZoom: 1, minZoom: 0.3 } as const;
/** Text keeps this share of its size when the map is far away. */
const LEAST_TEXT_ZOOM = 0.45;

/** Tells the style sheet how far away the map is, in coarse steps: names stay readable, what would be too small is left out. */
function ZoomAware({ isMany, children }: { isMany: boolean; children: ReactNode }) {
  const zoom = useStore(({ transform }) => Math.round(transform[2] * 20) / 20);
  return (
    <div className={classes.flow} data-map data-far={zoom < 0.75 || undefined} data-many={isMany || undefined} style={{ '--text-scale': zoom >= 0.95 ? 1 : Math.min(1 / Math.max(zoom, 0.05), 1 / LEAST_TEXT_ZOOM) } as CSSProperties}>
      {children}
    </div>
  );
}

function neighboursOf({ edges }: ServiceGraph, name: string | null): ReadonlySet<string> | null {
  if (name === null) return null;
  return new Set([name, ...edges.flatMap(({ client, server }) => (client === name ? [server] : server === name ? [client] : []))]);
}

function EdgeTip({ edge, x, y, words }: { edge: GraphEdge; x: number; y: number; words: GraphWords }) {
  const latency = (seconds: number | null) => (seconds === null ? '–' : formatSeconds(seconds));
  return (
    <div className={classes.tip} style={{ left: x, top: y }} data-left={x > window.innerWidth - 300 || undefined} role="tooltip">
      <p>
        <b>{edge.client}</b> → <b>{edge.server}</b>
        {edge.isMessaging && <span className="dimmed"> by messages</span>}
      </p>
      <dl className="num">
        <dt>{words.rateName}</dt>
        <dd>{words.rate(edge.rate)}</dd>
        <dt>errors</dt>
        <dd data-bad={(edge.errorShare ?? 0) > 0 || undefined}>{edge.errorShare === null ? '–' : formatPercent(edge.errorShare)}</dd>
        <dt>{words.clientName}</dt>
        <dd>{latency(edge.clientP95)}</dd>
        <dt>{words.serverName}</dt>
        <dd>{latency(edge.serverP95)}</dd>
      </dl>
    </div>
  );
}
