import type { GraphEdge, GraphNode, NodeKind, ServiceGraph } from '../../services/model/graph';
import { attribute } from '../model/otlp';
import { isMarker } from '../model/tree';
import type { Trace } from '../model/decode';
import type { TraceTree } from '../model/tree';

/** The services of one trace and the calls among them. Rates are numbers of calls, latencies those of the longest call. */
export interface TraceGraph extends ServiceGraph {
  /** Node of the graph → the span that says most of it: where the trace enters it, or the longest call of what sends no spans. */
  spanOf: ReadonlyMap<string, number>;
}

interface Calls {
  count: number;
  failed: number;
  clientNanos: number;
  serverNanos: number;
  isMessaging: boolean;
}

export function traceGraph(trace: Trace, tree: TraceTree): TraceGraph {
  const kinds = new Map<string, NodeKind>();
  const spans = new Map<string, { count: number; failed: number; longest: number }>();
  const spanOf = new Map<string, number>();
  const calls = new Map<string, Calls & { client: string; server: string }>();
  const durationOf = (node: number) => tree.endNanos[node]! - tree.startNanos[node]!;
  const serviceOf = (node: number) => trace.services[trace.service[node]!]!;
  const call = (client: string, server: string, failed: boolean, clientNanos: number, serverNanos: number, isMessaging: boolean) => {
    const key = `${client}\u0001${server}`;
    const known = calls.get(key) ?? { client, server, count: 0, failed: 0, clientNanos: 0, serverNanos: 0, isMessaging };
    known.count++;
    if (failed) known.failed++;
    known.clientNanos = Math.max(known.clientNanos, clientNanos);
    known.serverNanos = Math.max(known.serverNanos, serverNanos);
    known.isMessaging &&= isMessaging;
    calls.set(key, known);
  };

  for (const node of tree.order) {
    if (isMarker(tree, node)) continue;
    const service = serviceOf(node);
    kinds.set(service, 'service');
    const parent = tree.parent[node]!;
    const entered = parent === -1 || isMarker(tree, parent) || serviceOf(parent) !== service;
    if (entered) {
      const seen = spans.get(service) ?? { count: 0, failed: 0, longest: 0 };
      seen.count++;
      seen.failed += trace.isError[node]!;
      seen.longest = Math.max(seen.longest, durationOf(node));
      spans.set(service, seen);
      // Of several ways in the longest tells most.
      const before = spanOf.get(service);
      if (before === undefined || durationOf(node) > durationOf(before)) spanOf.set(service, node);
    }
    if (entered && parent !== -1 && !isMarker(tree, parent)) {
      call(serviceOf(parent), service, trace.isError[node] === 1 || trace.isError[parent] === 1, durationOf(parent), durationOf(node), trace.kind[node] === 'consumer');
    }
    const peer = silentPeer(trace, tree, node);
    if (peer === null) continue;
    if (kinds.get(peer.name) !== 'service') kinds.set(peer.name, peer.kind);
    call(service, peer.name, trace.isError[node] === 1, durationOf(node), durationOf(node), peer.kind === 'messaging');
    const longest = spanOf.get(peer.name);
    if (longest === undefined || (kinds.get(peer.name) !== 'service' && durationOf(node) > durationOf(longest))) spanOf.set(peer.name, node);
  }

  const edges = [...calls.values()].map(
    ({ client, server, count, failed, clientNanos, serverNanos, isMessaging }): GraphEdge => ({ client, server, isMessaging, rate: count, errorShare: failed / count, clientP95: clientNanos / 1e9, serverP95: serverNanos / 1e9 }),
  );
  const nodes = [...kinds].map(([name, kind]): GraphNode => {
    const own = spans.get(name);
    const into = edges.filter(({ server }) => server === name);
    const count = own?.count ?? into.reduce((sum, edge) => sum + edge.rate, 0);
    const failed = own?.failed ?? into.reduce((sum, edge) => sum + edge.rate * (edge.errorShare ?? 0), 0);
    return { name, kind, rate: count, errorShare: count === 0 ? null : failed / count, p95: own ? own.longest / 1e9 : Math.max(0, ...into.map(({ serverP95 }) => serverP95 ?? 0)) };
  });
  return { nodes, edges, spanOf };
}

/** What a span calls that sends no spans itself, by what the span tells of it; null for spans that call nobody, or a service of the trace. */
function silentPeer(trace: Trace, tree: TraceTree, node: number): { name: string; kind: NodeKind } | null {
  const kind = trace.kind[node];
  if (kind !== 'client' && kind !== 'producer') return null;
  for (let i = tree.childOffset[node]!; i < tree.childOffset[node + 1]!; i++) {
    if (!isMarker(tree, tree.child[i]!) && trace.service[tree.child[i]!] !== trace.service[node]) return null;
  }
  const { attributes } = trace.source[node]!.span;
  const of = (...keys: string[]) => keys.map((key) => attribute(attributes, key)).find((value) => value !== undefined && value !== '' && !value.startsWith('/'));
  const database = of('db.system.name', 'db.system');
  if (database !== undefined) return { name: of('peer.service', 'server.address', 'net.peer.name', 'db.namespace', 'db.name') ?? database, kind: 'database' };
  if (kind === 'producer' || of('messaging.system') !== undefined) {
    const queue = of('messaging.destination.name', 'messaging.destination', 'messaging.system');
    return queue === undefined ? null : { name: queue, kind: 'messaging' };
  }
  const name = of('peer.service', 'server.address', 'net.peer.name');
  return name === undefined ? null : { name, kind: 'external' };
}
