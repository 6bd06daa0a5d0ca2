import { useMemo } from 'react';
import GraphView from '../../services/map/GraphView';
import type { GraphWords } from '../../services/map/GraphView';
import type { TraceShape } from '../waterfall/paint';
import { traceGraph } from './traceGraph';
import classes from './TraceGraph.module.css';

const WORDS: GraphWords = { rate: (count) => `${count}×`, rateName: 'calls', clientName: 'longest at the caller', serverName: 'longest at the called' };

/** The services of the trace and the calls among them; a click opens the span that says most of a node. */
export default function TraceGraphView({ shape: { trace, tree }, onSelect }: { shape: TraceShape; onSelect: (node: number) => void }) {
  const graph = useMemo(() => traceGraph(trace, tree), [trace, tree]);
  return (
    <div className={classes.view}>
      <GraphView
        graph={graph}
        found={null}
        chosen={null}
        words={WORDS}
        onChoose={(name) => {
          const span = name === null ? undefined : graph.spanOf.get(name);
          if (span !== undefined) onSelect(span);
        }}
      />
    </div>
  );
}
