import { Handle, Position } from '@xyflow/react';
import type { Node, NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { formatSeconds } from '../../format/duration';
import { formatPercent } from '../../format/number';
import type { GraphNode } from '../model/graph';
import { KindIcon } from '../nodeKinds';
import { BreakableName } from './BreakableName';
import classes from './Map.module.css';

export type ServiceNodeType = Node<
  {
    node: GraphNode;
    /** Its rate in words. */
    rate: string;
    colour: string;
    /** Its rate beside the highest, 0 to 1. */
    size: number;
    isFaint: boolean;
    isFound: boolean;
  },
  'service'
>;

const LEAST_RADIUS = 9;
const MOST_RADIUS = 17;
const STROKE = 4;

/** A service: a ring whose red part is its share of errors and whose size is its rate, its name, its figures. */
export const ServiceNode = memo(function ServiceNode({ data: { node, rate, colour, size, isFaint, isFound }, selected }: NodeProps<ServiceNodeType>) {
  const radius = LEAST_RADIUS + (MOST_RADIUS - LEAST_RADIUS) * size;
  return (
    <div className={classes.node} data-kind={node.kind} data-faint={isFaint || undefined} data-found={isFound || undefined} data-chosen={selected || undefined} title={node.name}>
      <Handle type="target" position={Position.Left} className={classes.handle} />
      <Ring radius={radius} share={node.errorShare ?? 0} colour={colour} node={node} />
      <span className={classes.nodeText}>
        <span className={classes.nodeName}>
          <BreakableName name={node.name} />
        </span>
        <span className={`num ${classes.nodeFigures}`}>
          {rate}
          {node.p95 !== null && <> · {formatSeconds(node.p95, 2)}</>}
          {node.errorShare !== null && node.errorShare >= 0.0005 && <b> {formatPercent(node.errorShare, 2)}</b>}
        </span>
      </span>
      <Handle type="source" position={Position.Right} className={classes.handle} />
    </div>
  );
});

/** A share under this is drawn as this: a single failure is to be seen. */
const LEAST_ARC = 0.04;

function Ring({ radius, share, colour, node }: { radius: number; share: number; colour: string; node: GraphNode }) {
  const length = 2 * Math.PI * (radius - STROKE / 2);
  const arc = share > 0 ? Math.max(share, LEAST_ARC) * length : 0;
  const side = (MOST_RADIUS + 1) * 2;
  return (
    <span className={classes.ring} style={{ width: side, height: side }}>
      <svg width={side} height={side} viewBox={`${-side / 2} ${-side / 2} ${side} ${side}`} aria-hidden>
        <circle r={radius - STROKE / 2} fill="none" className={classes.track} strokeWidth={STROKE} />
        {arc > 0 && <circle r={radius - STROKE / 2} fill="none" className={classes.arc} strokeWidth={STROKE} strokeDasharray={`${arc} ${length}`} transform="rotate(-90)" />}
        {node.kind === 'service' && <circle r={Math.max(3, radius - STROKE - 3)} fill={colour} />}
      </svg>
      {node.kind !== 'service' && <KindIcon kind={node.kind} size={Math.round(radius)} className={classes.ringIcon} />}
    </span>
  );
}
