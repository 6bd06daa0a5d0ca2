import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import type { VectorSample } from '../../api/prometheus';
import { graphQueries, neighbourhood, serviceGraph } from './graph';
import type { GraphAnswers } from './graph';

const edge = (client: string, server: string, value: string, type?: string): VectorSample => ({ metric: { client, server, ...(type ? { connection_type: type } : {}) }, value: [0, value] });
const answers = (rate: VectorSample[], more: Partial<GraphAnswers> = {}): GraphAnswers => ({ rate, failed: [], serverP95: [], clientP95: [], ...more });
const known = (...names: string[]) => names.map((name) => ({ name, rate: 7, errorShare: 0.5, p95: 0.25 }));
const kinds = (graph: ReturnType<typeof serviceGraph>) => Object.fromEntries(graph.nodes.map(({ name, kind }) => [name, kind]));

describe('serviceGraph', () => {
  it('tells services from what sends no spans', () => {
    const graph = serviceGraph(
      answers([edge('user', 'gateway', '1', 'virtual_node'), edge('gateway', 'orders', '1'), edge('orders', 'pg', '1', 'database'), edge('orders', 'bank.example', '1', 'virtual_node'), edge('orders', 'queue', '1', 'messaging_system')]),
      known('gateway', 'orders'),
    );
    expect(kinds(graph)).toEqual({ user: 'user', gateway: 'service', orders: 'service', pg: 'database', 'bank.example': 'external', queue: 'messaging' });
  });

  it('takes what sent spans for a service, whatever others call it', () => {
    expect(kinds(serviceGraph(answers([edge('a', 'b', '1', 'database'), edge('b', 'a', '1', 'virtual_node')]), known('a', 'b')))).toEqual({ a: 'service', b: 'service' });
  });

  it('takes the figures of a service from its spans, and of others from the calls that reach them', () => {
    const graph = serviceGraph(answers([edge('a', 'pg', '3', 'database'), edge('b', 'pg', '1', 'database')], { failed: [edge('b', 'pg', '1', 'database')], serverP95: [edge('a', 'pg', '0.2', 'database'), edge('b', 'pg', '0.1', 'database')] }), known('a', 'b'));
    expect(graph.nodes.find(({ name }) => name === 'a')).toMatchObject({ rate: 7, errorShare: 0.5, p95: 0.25 });
    expect(graph.nodes.find(({ name }) => name === 'pg')).toEqual({ name: 'pg', kind: 'database', rate: 4, errorShare: 0.25, p95: 0.2 });
  });

  it('draws one edge between two services that call each other in several ways', () => {
    const graph = serviceGraph(answers([edge('a', 'b', '3'), edge('a', 'b', '1', 'messaging_system')], { failed: [edge('a', 'b', '1')], serverP95: [edge('a', 'b', '0.1'), edge('a', 'b', '0.3', 'messaging_system')] }), known('a', 'b'));
    expect(graph.edges).toEqual([{ client: 'a', server: 'b', isMessaging: false, rate: 4, errorShare: 0.25, serverP95: 0.3, clientP95: null }]);
  });

  it('has no edge without both names or without a number', () => expect(serviceGraph(answers([edge('', 'b', '1'), edge('a', '', '1'), edge('a', 'b', 'NaN')]), []).edges).toEqual([]));
});

describe('neighbourhood', () => {
  const graph = serviceGraph(answers([edge('a', 'b', '1'), edge('b', 'c', '1'), edge('c', 'd', '1'), edge('a', 'c', '1')]), []);
  const names = (depth: number) => neighbourhood(graph, 'b', depth).nodes.map(({ name }) => name);
  it('holds callers and called', () => expect(names(1)).toEqual(['a', 'b', 'c']));
  it('holds only the calls of the node itself', () => expect(neighbourhood(graph, 'b').edges.map(({ client, server }) => client + server)).toEqual(['ab', 'bc']));
  it('goes as deep as asked', () => expect(names(2)).toEqual(['a', 'b', 'c', 'd']));
});

describe('graphQueries', () => {
  it.each(Object.values(graphQueries('3600s')))('are PromQL: %s', (expression) => {
    let whole = true;
    parser.parse(expression).iterate({ enter: (node) => void (whole &&= !node.type.isError) });
    expect(whole).toBe(true);
  });
});
