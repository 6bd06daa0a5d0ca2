import { Link } from '@tanstack/react-router';
import { messageOf } from '../../api/http';
import { PanelHead } from '../../controls/PanelHead';
import { colourOf } from '../../palette/palette';
import { useScheme } from '../../theme/useScheme';
import { Errors, Latency, Rate } from '../figures';
import { walkRows } from '../list/rowKeys';
import type { GraphEdge, GraphNode } from '../model/graph';
import { useServiceGraph } from '../model/useServiceGraph';
import { KindIcon, KIND_NAMES } from '../nodeKinds';
import shared from '../Services.module.css';
import { Waiting } from './OperationsPanel';
import classes from './ServicePage.module.css';

/** Who calls the service, and whom it calls. */
export function DependenciesPanel({ service }: { service: string }) {
  const { data, error, isPending } = useServiceGraph();
  const inward = data?.edges.filter(({ server }) => server === service) ?? [];
  const outward = data?.edges.filter(({ client }) => client === service) ?? [];
  const nodes = new Map(data?.nodes.map((node) => [node.name, node]));
  return (
    <div className={classes.pair}>
      <Side title="Called by" none="Nothing calls it, as far as spans tell." edges={inward} peerOf={(edge) => edge.client} p95Of={(edge) => edge.serverP95} {...{ nodes, error, isPending }} />
      <Side title="Calls" none="It calls nothing, as far as spans tell." edges={outward} peerOf={(edge) => edge.server} p95Of={(edge) => edge.clientP95} {...{ nodes, error, isPending }} />
    </div>
  );
}

interface SideProps {
  title: string;
  none: string;
  edges: readonly GraphEdge[];
  nodes: ReadonlyMap<string, GraphNode>;
  peerOf: (edge: GraphEdge) => string;
  /** As the service itself measured it. */
  p95Of: (edge: GraphEdge) => number | null;
  error: Error | null;
  isPending: boolean;
}

function Side({ title, none, edges, nodes, peerOf, p95Of, error, isPending }: SideProps) {
  const scheme = useScheme();
  const sorted = [...edges].sort((a, b) => b.rate - a.rate || peerOf(a).localeCompare(peerOf(b)));
  return (
    <section className={`panel ${classes.panel}`} aria-label={title} aria-busy={isPending}>
      <PanelHead title={title} />
      {error !== null && (
        <p className={classes.problem} role="alert">
          {messageOf(error)}
        </p>
      )}
      {isPending ? (
        <Waiting />
      ) : sorted.length === 0 ? (
        error === null && <p className={classes.none}>{none}</p>
      ) : (
        <table className={shared.table} onKeyDown={walkRows}>
          <thead>
            <tr>
              <th>Name</th>
              <th className={shared.number}>Rate</th>
              <th className={shared.number}>Errors</th>
              <th className={shared.number}>p95</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((edge) => {
              const peer = peerOf(edge);
              const kind = nodes.get(peer)?.kind ?? 'service';
              return (
                <tr key={peer}>
                  <td className={shared.nameCell}>
                    {kind === 'service' ? (
                      <>
                        <i className={shared.swatch} style={{ background: colourOf(peer, scheme) }} aria-hidden />
                        <Link to="/service/$service" params={{ service: peer }} search={{}} className={shared.name} data-row-link>
                          {peer}
                        </Link>
                      </>
                    ) : (
                      <>
                        <KindIcon kind={kind} size={13} className={classes.kindIcon} />
                        <Link to="/service-map" search={{ service: peer }} className={shared.name} data-row-link title={`${KIND_NAMES[kind]}: sends no spans itself`}>
                          {peer}
                        </Link>
                      </>
                    )}
                    {edge.isMessaging && <span className="dimmed"> by messages</span>}
                  </td>
                  <td className={`num ${shared.number}`}>
                    <Rate value={edge.rate} />
                  </td>
                  <td className={`num ${shared.number}`}>
                    <Errors share={edge.errorShare} />
                  </td>
                  <td className={`num ${shared.number}`}>
                    <Latency value={p95Of(edge)} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </section>
  );
}
