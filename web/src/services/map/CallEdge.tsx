import { BaseEdge, EdgeLabelRenderer, getBezierPath } from '@xyflow/react';
import type { Edge, EdgeProps } from '@xyflow/react';
import { memo } from 'react';
import { formatSeconds } from '../../format/duration';
import type { GraphEdge } from '../model/graph';
import { pathThrough } from './layout';
import type { Point } from './layout';
import classes from './Map.module.css';

export type CallEdgeType = Edge<
  {
    edge: GraphEdge;
    /** Its rate in words. */
    rate: string;
    /** The way that the layout found; null for an edge that came later. */
    route: readonly Point[] | null;
    /** Its rate beside the highest, 0 to 1. */
    size: number;
    isFaint: boolean;
    /** Whether it is one of the chosen node. */
    touches: boolean;
    isLabelled: boolean;
  },
  'call'
>;

/** Errors below this are not worth a red line: hovering tells of them. */
const WORTH_RED = 0.005;

/** A call: thicker with its rate, red where it fails, dashed where it goes by messages. */
export const CallEdge = memo(function CallEdge({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, data }: EdgeProps<CallEdgeType>) {
  if (data === undefined) return null;
  const { edge, rate, route, size, isFaint, touches, isLabelled } = data;
  const [bezier, middleX, middleY] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition });
  const around = edge.client === edge.server;
  const hasRoute = route !== null && route.length > 1;
  const path = around ? `M${sourceX},${sourceY} C${sourceX + 40},${sourceY - 60} ${targetX - 40},${targetY - 60} ${targetX},${targetY}` : hasRoute ? pathThrough(route) : bezier;
  const middle = hasRoute ? route[Math.floor(route.length / 2)]! : { x: middleX, y: middleY };
  return (
    <>
      <BaseEdge
        path={path}
        className={classes.edge}
        data-bad={(edge.errorShare ?? 0) >= WORTH_RED || undefined}
        data-faint={isFaint || undefined}
        data-touches={touches || undefined}
        strokeDasharray={edge.isMessaging ? '6 4' : undefined}
        style={{ strokeWidth: 1 + 3.5 * size }}
        interactionWidth={16}
      />
      {isLabelled && (
        <EdgeLabelRenderer>
          <div className={`num ${classes.edgeLabel}`} style={{ transform: `translate(-50%, -115%) translate(${middle.x}px, ${middle.y}px)` }}>
            {rate}
            {edge.serverP95 !== null && <span> {formatSeconds(edge.serverP95, 2)}</span>}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
