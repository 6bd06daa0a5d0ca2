import type { VectorSample } from '../../api/prometheus';
import { parseSample } from '../../charts/frame';
import { share } from './serviceList';

/** What lies at an end of a call: a service, or something that sends no spans of its own. */
export type NodeKind = 'service' | 'database' | 'messaging' | 'user' | 'external';

export interface GraphNode {
  name: string;
  kind: NodeKind;
  /** Calls that reach it a second; of what only calls, the calls it makes. */
  rate: number;
  errorShare: number | null;
  /** Seconds, 95th percentile; null where unknown. */
  p95: number | null;
}

export interface GraphEdge {
  client: string;
  server: string;
  /** Whether the call goes over a queue, so that its ends do not wait for each other. */
  isMessaging: boolean;
  /** Calls a second. */
  rate: number;
  errorShare: number | null;
  /** Seconds, 95th percentile, as each side measured. */
  serverP95: number | null;
  clientP95: number | null;
}

export interface ServiceGraph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

const PREFIX = 'traces_service_graph_request';
const BY = 'client, server, connection_type';

function latency(side: 'server' | 'client', window: string): string {
  const classic = `histogram_quantile(0.95, sum by (${BY}, le) (rate(${PREFIX}_${side}_seconds_bucket[${window}])))`;
  const native = `histogram_quantile(0.95, sum by (${BY}) (rate(${PREFIX}_${side}_seconds[${window}])))`;
  return `${classic} or ${native}`;
}

/** PromQL for all edges; the window is the whole range that is looked at. */
export function graphQueries(window: string) {
  return {
    rate: `sum by (${BY}) (rate(${PREFIX}_total[${window}])) > 0`,
    failed: `sum by (${BY}) (rate(${PREFIX}_failed_total[${window}])) > 0`,
    serverP95: latency('server', window),
    clientP95: latency('client', window),
  };
}

export interface GraphAnswers {
  rate: readonly VectorSample[];
  failed: readonly VectorSample[];
  serverP95: readonly VectorSample[];
  clientP95: readonly VectorSample[];
}

/** What span metrics say of a service; a graph knows only of calls whose two ends it saw. */
export interface KnownService {
  name: string;
  rate: number | null;
  errorShare: number | null;
  p95: number | null;
}

/** The graph of the edges that carried calls. A node that sent spans is a service, whatever others call it. */
export function serviceGraph(answers: GraphAnswers, known: readonly KnownService[]): ServiceGraph {
  const failed = byEdge(answers.failed);
  const serverP95 = byEdge(answers.serverP95);
  const clientP95 = byEdge(answers.clientP95);
  const edges = new Map<string, GraphEdge & { failed: number }>();
  const kinds = new Map<string, NodeKind>();
  const services = new Map(known.filter(({ rate }) => rate !== null).map((one) => [one.name, one]));

  for (const { metric, value } of answers.rate) {
    const { client = '', server = '', connection_type: type = '' } = metric;
    const rate = value === undefined ? NaN : parseSample(value[1]);
    if (client === '' || server === '' || !Number.isFinite(rate)) continue;
    learn(kinds, services, client, type === 'virtual_node' ? 'user' : 'service');
    learn(kinds, services, server, type === 'virtual_node' ? 'external' : type === 'database' ? 'database' : type === 'messaging_system' ? 'messaging' : 'service');
    const key = edgeKey(metric);
    const own = { rate, failed: failed.get(key) ?? 0, serverP95: serverP95.get(key) ?? null, clientP95: clientP95.get(key) ?? null };
    // Two services may call each other in several ways; on a map that is one line.
    const id = `${client}\u0001${server}`;
    const before = edges.get(id);
    const rates = own.rate + (before?.rate ?? 0);
    const failures = own.failed + (before?.failed ?? 0);
    edges.set(id, {
      client,
      server,
      isMessaging: type === 'messaging_system' && (before?.isMessaging ?? true),
      rate: rates,
      failed: failures,
      errorShare: share(failures, rates),
      serverP95: larger(own.serverP95, before?.serverP95 ?? null),
      clientP95: larger(own.clientP95, before?.clientP95 ?? null),
    });
  }
  const all = [...edges.values()];
  const nodes = [...kinds].map(([name, kind]) => nodeOf(name, kind, all, services.get(name)));
  return { nodes: nodes.sort((a, b) => a.name.localeCompare(b.name)), edges: all.map(({ failed: _, ...edge }) => edge) };
}

/** What is said of a node by its surest witness: its own spans, then what is not a service. */
function learn(kinds: Map<string, NodeKind>, services: ReadonlyMap<string, unknown>, name: string, kind: NodeKind): void {
  const before = kinds.get(name);
  if (services.has(name)) kinds.set(name, 'service');
  else if (before === undefined || (before === 'external' && kind !== 'user') || (kind === 'service' && before === 'user')) kinds.set(name, kind);
}

function nodeOf(name: string, kind: NodeKind, edges: readonly (GraphEdge & { failed: number })[], known: KnownService | undefined): GraphNode {
  if (known !== undefined && known.rate !== null) return { name, kind, rate: known.rate, errorShare: known.errorShare, p95: known.p95 };
  const into = edges.filter(({ server }) => server === name);
  const seen = into.length > 0 ? into : edges.filter(({ client }) => client === name);
  const rate = seen.reduce((sum, edge) => sum + edge.rate, 0);
  const failed = seen.reduce((sum, edge) => sum + edge.failed, 0);
  return { name, kind, rate, errorShare: share(failed, rate), p95: seen.reduce<number | null>((most, edge) => larger(most, edge.serverP95), null) };
}

function larger(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

function edgeKey(metric: Readonly<Record<string, string>>): string {
  return `${metric['client'] ?? ''}\u0001${metric['server'] ?? ''}\u0001${metric['connection_type'] ?? ''}`;
}

function byEdge(samples: readonly VectorSample[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { metric, value } of samples) {
    const number = value === undefined ? NaN : parseSample(value[1]);
    if (Number.isFinite(number)) found.set(edgeKey(metric), number);
  }
  return found;
}

/** The nodes that a node calls or is called by, and itself, over as many calls as `depth` says. */
export function neighbourhood(graph: ServiceGraph, name: string, depth = 1): ServiceGraph {
  let names = new Set([name]);
  for (let i = 0; i < depth; i++) {
    const wider = new Set(names);
    for (const { client, server } of graph.edges) {
      if (names.has(client)) wider.add(server);
      if (names.has(server)) wider.add(client);
    }
    names = wider;
  }
  return {
    nodes: graph.nodes.filter((node) => names.has(node.name)),
    // Of the edges only those on a way to the node: what its neighbours do among themselves hides what one asked for.
    edges: graph.edges.filter(({ client, server }) => (depth > 1 ? names.has(client) && names.has(server) : client === name || server === name)),
  };
}
