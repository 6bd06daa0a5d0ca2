import { IconX } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { quoted } from '../../api/quoted';
import controls from '../../controls/Controls.module.css';
import { colourOf } from '../../palette/palette';
import { useScheme } from '../../theme/useScheme';
import { Errors, Latency, Rate } from '../figures';
import type { GraphEdge, GraphNode, ServiceGraph } from '../model/graph';
import { KindIcon, KIND_NAMES } from '../nodeKinds';
import shared from '../Services.module.css';
import classes from './Map.module.css';

interface Props {
  node: GraphNode;
  graph: ServiceGraph;
  onChoose: (name: string | null) => void;
}

/** The chosen node: its figures, where to go from it, and its calls. */
export function NodePanel({ node, graph, onChoose }: Props) {
  const scheme = useScheme();
  const { name, kind } = node;
  const inward = graph.edges.filter(({ server }) => server === name);
  const outward = graph.edges.filter(({ client }) => client === name);
  const isService = kind === 'service';
  return (
    <aside className={`panel ${classes.side}`} aria-label={`Chosen: ${name}`} onKeyDown={(event) => event.key === 'Escape' && onChoose(null)}>
      <header className={classes.sideHead}>
        {isService ? <i className={shared.swatch} style={{ background: colourOf(name, scheme) }} aria-hidden /> : <KindIcon kind={kind} size={16} />}
        <h2>{name}</h2>
        <button type="button" className={classes.close} aria-label="Close" title="Close (Esc)" onClick={() => onChoose(null)}>
          <IconX size={18} stroke={1.6} aria-hidden />
        </button>
      </header>
      {!isService && <p className={classes.sideNote}>A {KIND_NAMES[kind]}: it sends no spans itself, so that its figures are those of its callers.</p>}
      <dl className={`num ${classes.sideFacts}`}>
        <div>
          <dt>rate</dt>
          <dd>
            <Rate value={node.rate} />
          </dd>
        </div>
        <div>
          <dt>errors</dt>
          <dd>
            <Errors share={node.errorShare} />
          </dd>
        </div>
        <div>
          <dt>p95</dt>
          <dd>
            <Latency value={node.p95} />
          </dd>
        </div>
      </dl>
      <nav className={classes.sideLinks} aria-label={`More of ${name}`}>
        {isService ? (
          <>
            <Link to="/service/$service" params={{ service: name }} search={{}} className={controls.button}>
              Rate, errors, latency
            </Link>
            <Link to="/explore/traces" search={{ q: `{ resource.service.name = ${quoted(name)} }` }} className={controls.button}>
              Traces
            </Link>
            <Link to="/explore/logs" search={{ q: `{service_name=${quoted(name)}}` }} className={controls.button}>
              Logs
            </Link>
          </>
        ) : (
          callerTraces(inward, outward).map(({ label, query }) => (
            <Link key={label} to="/explore/traces" search={{ q: query }} className={controls.button}>
              {label}
            </Link>
          ))
        )}
      </nav>
      <Calls title="Called by" edges={inward} peerOf={(edge) => edge.client} p95Of={(edge) => edge.serverP95} onChoose={onChoose} />
      <Calls title="Calls" edges={outward} peerOf={(edge) => edge.server} p95Of={(edge) => edge.clientP95} onChoose={onChoose} />
    </aside>
  );
}

/** What sends no spans is seen in those of its callers, and who calls from outside in those of what it calls. */
function callerTraces(inward: readonly GraphEdge[], outward: readonly GraphEdge[]): { label: string; query: string }[] {
  const services = [...new Set(inward.length > 0 ? inward.map(({ client }) => client) : outward.map(({ server }) => server))];
  if (services.length === 0) return [];
  const kind = inward.length > 0 ? 'client' : 'server';
  const named = services.map((service) => `resource.service.name = ${quoted(service)}`).join(' || ');
  return [{ label: inward.length > 0 ? 'Traces of its callers' : 'Traces of its calls', query: `{ kind = ${kind} && (${named}) }` }];
}

interface CallsProps {
  title: string;
  edges: readonly GraphEdge[];
  peerOf: (edge: GraphEdge) => string;
  p95Of: (edge: GraphEdge) => number | null;
  onChoose: (name: string) => void;
}

function Calls({ title, edges, peerOf, p95Of, onChoose }: CallsProps) {
  if (edges.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className={classes.sideTitle}>{title}</h3>
      <table className={classes.sideTable}>
        <tbody>
          {[...edges]
            .sort((a, b) => b.rate - a.rate)
            .map((edge) => (
              <tr key={peerOf(edge)}>
                <td>
                  <button type="button" className={classes.nameButton} onClick={() => onChoose(peerOf(edge))}>
                    {peerOf(edge)}
                  </button>
                </td>
                <td className="num">
                  <Rate value={edge.rate} />
                </td>
                <td className="num">
                  <Errors share={edge.errorShare} />
                </td>
                <td className="num">
                  <Latency value={p95Of(edge)} />
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}
