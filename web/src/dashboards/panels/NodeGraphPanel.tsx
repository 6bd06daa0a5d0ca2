import '@xyflow/react/dist/style.css';
import { Background, Controls, Handle, MarkerType, Position, ReactFlow } from '@xyflow/react';
import type { Edge, Node, NodeProps } from '@xyflow/react';
import { useMemo } from 'react';
import { useScheme } from '../../theme/useScheme';
import { graphOf } from './nodeGraph';
import type { GraphNode } from './nodeGraph';
import { NoValues } from './NoValues';
import type { PanelProps } from './panelProps';
import classes from './Panels.module.css';

type Drawn = Node<{ node: GraphNode }, 'thing'>;

const RADIUS = 27;
const AROUND = 2 * Math.PI * RADIUS;

/** Things and what goes between them. */
export default function NodeGraphPanel({ panel, frames, width, height }: PanelProps) {
  const scheme = useScheme();
  const graph = useMemo(() => graphOf(frames, panel.options, scheme), [frames, panel, scheme]);
  const nodes = useMemo(() => graph.nodes.map((node): Drawn => ({ id: node.id, type: 'thing', position: { x: node.x, y: node.y }, data: { node }, draggable: true, connectable: false, ariaLabel: `${node.title} ${node.main} ${node.secondary}` })), [graph]);
  const edges = useMemo(() => graph.edges.map((edge): Edge => ({ id: edge.id, source: edge.source, target: edge.target, label: edge.label, markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16 }, style: { strokeWidth: 1 + 3 * edge.weight }, labelStyle: { fontSize: 10, fill: 'var(--axis)' }, labelBgStyle: { fill: 'var(--mantine-color-body)' } })), [graph]);
  if (graph.nodes.length === 0) return <NoValues panel={panel} />;
  return (
    <div style={{ width, height }} aria-label={`${panel.title}: ${graph.nodes.length} nodes, ${graph.edges.length} edges`} role="group">
      <ReactFlow key={graph.nodes.map((node) => node.id).join(' ')} defaultNodes={nodes} defaultEdges={edges} nodeTypes={TYPES} colorMode={scheme} fitView minZoom={0.1} zoomOnScroll={false} preventScrolling={false} proOptions={{ hideAttribution: true }} nodesConnectable={false}>
        <Background gap={24} color="var(--grid)" />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

function Thing({ data: { node } }: NodeProps<Drawn>) {
  let used = 0;
  return (
    <div className={classes.node} title={[node.title, node.subtitle, node.main, node.secondary].filter((text) => text !== '').join('\n')}>
      <Handle type="target" position={Position.Left} style={{ opacity: 0, top: 32, left: 30 }} />
      <svg width={64} height={64} aria-hidden>
        <circle cx={32} cy={32} r={RADIUS} fill="var(--mantine-color-body)" stroke="var(--border-strong)" strokeWidth={3} />
        {node.arcs.map((arc, i) => {
          const from = used;
          used += arc.share;
          return arc.share <= 0 ? null : <circle key={i} cx={32} cy={32} r={RADIUS} fill="none" stroke={arc.colour} strokeWidth={4} strokeDasharray={`${Math.min(1, arc.share) * AROUND} ${AROUND}`} transform={`rotate(${-90 + from * 360} 32 32)`} />;
        })}
        <text x={32} y={node.secondary === '' ? 36 : 31} textAnchor="middle">
          {node.main}
        </text>
        <text x={32} y={44} textAnchor="middle" style={{ fontSize: 9 }}>
          {node.secondary}
        </text>
      </svg>
      <span>{node.title}</span>
      {node.subtitle !== '' && <small>{node.subtitle}</small>}
      <Handle type="source" position={Position.Right} style={{ opacity: 0, top: 32, right: 30 }} />
    </div>
  );
}

const TYPES = { thing: Thing };
