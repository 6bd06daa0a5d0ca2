import { Link } from '@tanstack/react-router';
import { Errors, Latency, Rate } from '../figures';
import { walkRows } from '../list/rowKeys';
import type { GraphNode, ServiceGraph } from '../model/graph';
import { KIND_NAMES } from '../nodeKinds';
import shared from '../Services.module.css';
import classes from './Map.module.css';

interface Props {
  graph: ServiceGraph;
  /** Names that a search found; null without one. */
  found: ReadonlySet<string> | null;
  chosen: string | null;
  onChoose: (name: string) => void;
}

/** The map as a table: each call with both its ends, those with most errors first. */
export function CallTable({ graph, found, chosen, onChoose }: Props) {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const rows = graph.edges
    .filter(({ client, server }) => found === null || found.has(client) || found.has(server))
    .sort((a, b) => Math.round((b.errorShare ?? 0) * 1000) - Math.round((a.errorShare ?? 0) * 1000) || b.rate - a.rate || a.client.localeCompare(b.client) || a.server.localeCompare(b.server));
  return (
    <table className={shared.table} onKeyDown={walkRows}>
      <caption className="visually-hidden">Calls between services, those with most errors first</caption>
      <thead>
        <tr>
          <th>Caller</th>
          <th>Called</th>
          <th className={shared.number}>Rate</th>
          <th className={shared.number}>Errors</th>
          <th className={`${shared.number} ${shared.wide}`} title="95th percentile, as the caller waits">
            p95 at the caller
          </th>
          <th className={`${shared.number} ${shared.wide}`} title="95th percentile, as the called works">
            p95 at the called
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((edge) => (
          <tr key={`${edge.client} ${edge.server}`} data-chosen={chosen !== null && (edge.client === chosen || edge.server === chosen) ? true : undefined}>
            <td>
              <End node={nodes.get(edge.client)} name={edge.client} onChoose={onChoose} isFirst />
            </td>
            <td>
              <End node={nodes.get(edge.server)} name={edge.server} onChoose={onChoose} />
              {edge.isMessaging && <span className="dimmed"> by messages</span>}
            </td>
            <td className={`num ${shared.number}`}>
              <Rate value={edge.rate} />
            </td>
            <td className={`num ${shared.number}`}>
              <Errors share={edge.errorShare} />
            </td>
            <td className={`num ${shared.number} ${shared.wide}`}>
              <Latency value={edge.clientP95} />
            </td>
            <td className={`num ${shared.number} ${shared.wide}`}>
              <Latency value={edge.serverP95} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function End({ node, name, onChoose, isFirst = false }: { node: GraphNode | undefined; name: string; onChoose: (name: string) => void; isFirst?: boolean }) {
  const kind = node?.kind ?? 'service';
  const walks = isFirst ? { 'data-row-link': true } : {};
  return kind === 'service' ? (
    <Link to="/service/$service" params={{ service: name }} search={{}} className={shared.name} {...walks}>
      {name}
    </Link>
  ) : (
    <>
      <button type="button" className={classes.nameButton} onClick={() => onChoose(name)} {...walks}>
        {name}
      </button>{' '}
      <span className="dimmed">{KIND_NAMES[kind]}</span>
    </>
  );
}
