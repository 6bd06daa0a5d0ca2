import { describe, expect, it } from 'vitest';
// The mock has no types of its own.
// @ts-expect-error TS7016
import { makeGraph } from '../../../mock/graph.mjs';
import type { ServiceGraph } from '../model/graph';
import { edgeId, layered, NODE_HEIGHT, NODE_WIDTH, NO_LAYOUT, pathThrough, settled } from './layout';
import type { Layout } from './layout';

const edge = (client: string, server: string) => ({ client, server, isMessaging: false, rate: 1, errorShare: 0, serverP95: null, clientP95: null });
const graphOf = (...pairs: string[]) => {
  const edges = pairs.map((pair) => edge(pair[0]!, pair[1]!));
  return { edges, nodes: [...new Set(pairs.flatMap((pair) => [...pair]))].map((name) => ({ name })) };
};

/** As large as a map has to be readable with. */
function large(): Pick<ServiceGraph, 'edges'> & { nodes: { name: string }[] } {
  const made = makeGraph(200) as { services: string[]; edges: { client: string; server: string }[] };
  const names = new Set([...made.services, ...made.edges.flatMap(({ client, server }) => [client, server])]);
  return { nodes: [...names].map((name) => ({ name })), edges: made.edges.map(({ client, server }) => edge(client, server)) };
}

function overlaps({ positions }: Layout): string[] {
  const all = [...positions];
  return all.flatMap(([a, p], i) => all.slice(i + 1).flatMap(([b, q]) => (Math.abs(p.x - q.x) < NODE_WIDTH && Math.abs(p.y - q.y) < NODE_HEIGHT ? [`${a} ${b}`] : [])));
}

describe('layered', () => {
  it('puts callers left of what they call', () => {
    const { positions } = layered(graphOf('ab', 'bc', 'ac'));
    expect(positions.get('a')!.x).toBeLessThan(positions.get('b')!.x);
    expect(positions.get('b')!.x).toBeLessThan(positions.get('c')!.x);
  });

  it('does not depend on the order of the answer', () => {
    const graph = graphOf('ab', 'ac', 'cd', 'bd');
    expect(layered({ nodes: [...graph.nodes].reverse(), edges: [...graph.edges].reverse() })).toEqual(layered(graph));
  });

  it('takes circles and calls to oneself', () => expect(layered(graphOf('ab', 'ba', 'aa')).positions.size).toBe(2));

  it('knows the way of each edge of a small map', () => {
    const graph = graphOf('ab', 'bc', 'ac');
    expect([...layered(graph).routes.keys()].sort()).toEqual(graph.edges.map(edgeId).sort());
  });

  it('lays out 200 services without overlaps, so that they fit in a window at three eighths of their size', () => {
    const graph = large();
    const { positions } = layered(graph);
    expect(positions.size).toBe(graph.nodes.length);
    expect(positions.size).toBeGreaterThan(200);
    expect(overlaps({ positions, routes: new Map() })).toEqual([]);
    const all = [...positions.values()];
    expect(Math.max(...all.map(({ x }) => x)) + NODE_WIDTH).toBeLessThan(1200 / 0.375);
    expect(Math.max(...all.map(({ y }) => y)) + NODE_HEIGHT).toBeLessThan(760 / 0.375);
  });
});

describe('settled', () => {
  it('changes nothing while the same services are there', () => {
    const before = layered(graphOf('ab', 'bc'));
    expect(settled(before, graphOf('bc', 'ab', 'ac'))).toBe(before);
  });

  it('keeps the place of what is gone for when it comes back', () => {
    const before = layered(graphOf('ab', 'bc'));
    expect(settled(settled(before, graphOf('ab')), graphOf('ab', 'bc'))).toBe(before);
  });

  it('finds room for what is new without moving what is there', () => {
    const before = layered(graphOf('ab', 'ac', 'bd'));
    const after = settled(before, graphOf('ab', 'ac', 'bd', 'ae', 'ef', 'ga', 'hi'));
    for (const [name, position] of before.positions) expect(after.positions.get(name)).toEqual(position);
    expect(after.positions.get('e')!.x).toBeGreaterThan(after.positions.get('a')!.x);
    expect(after.positions.get('g')!.x).toBeLessThan(after.positions.get('a')!.x);
    expect(overlaps(after)).toEqual([]);
    expect(after.positions.size).toBe(9);
  });

  it('lays out anew what it has nothing of', () => expect(settled(NO_LAYOUT, graphOf('ab'))).toEqual(layered(graphOf('ab'))));
});

describe('pathThrough', () => {
  it('begins and ends where it should', () => expect(pathThrough([{ x: 0, y: 0 }, { x: 5, y: 5 }, { x: 10, y: 0 }])).toBe('M0,0 Q5,5 10,0'));
  it('is straight between two points', () => expect(pathThrough([{ x: 0, y: 0 }, { x: 10, y: 0 }])).toBe('M0,0 L10,0'));
  it('is nothing for nothing', () => expect(pathThrough([])).toBe(''));
});
