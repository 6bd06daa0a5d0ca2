import { describe, expect, it } from 'vitest';
import { traceOf } from '../model/testTrace';
import type { SpanSketch } from '../model/testTrace';
import { buildTree } from '../model/tree';
import { traceGraph } from './traceGraph';

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
function graph(...sketches: SpanSketch[]) {
  const trace = traceOf(sketches);
  return traceGraph(trace, buildTree(trace));
}

const SHOP: SpanSketch[] = [
  ['root', '', 0, 100, { service: 'gateway', kind: 2 }],
  ['c1', 'root', 10, 40, { service: 'gateway', kind: 3 }],
  ['s1', 'c1', 12, 38, { service: 'orders', kind: 2, status: { code: 2 } }],
  ['inner', 's1', 13, 30, { service: 'orders' }],
  ['c2', 'root', 50, 90, { service: 'gateway', kind: 3 }],
  ['s2', 'c2', 52, 88, { service: 'orders', kind: 2 }],
  ['db', 'inner', 15, 25, { service: 'orders', kind: 3, attributes: [text('db.system.name', 'postgresql'), text('server.address', '/tmp/socket'), text('db.namespace', 'shop')] }],
];

describe('traceGraph', () => {
  it('has the services and what they call, each call counted', () => {
    const found = graph(...SHOP);
    expect(Object.fromEntries(found.nodes.map(({ name, kind, rate }) => [name, [kind, rate]]))).toEqual({ gateway: ['service', 1], orders: ['service', 2], shop: ['database', 1] });
    expect(found.edges).toEqual([
      { client: 'gateway', server: 'orders', isMessaging: false, rate: 2, errorShare: 0.5, clientP95: 40e-6, serverP95: 36e-6 },
      { client: 'orders', server: 'shop', isMessaging: false, rate: 1, errorShare: 0, clientP95: 10e-6, serverP95: 10e-6 },
    ]);
  });

  it('leads from a node to the span that says most of it', () => expect(Object.fromEntries([...graph(...SHOP).spanOf].map(([name, span]) => [name, traceOf(SHOP).name[span]]))).toEqual({ gateway: 'root', orders: 's2', shop: 'db' }));

  it('knows queues and other systems, and what goes by messages', () => {
    const found = graph(['p', '', 0, 10, { service: 'a', kind: 4 }], ['c', 'p', 20, 30, { service: 'b', kind: 5 }], ['x', 'c', 21, 22, { service: 'b', kind: 3, attributes: [text('server.address', 'bank.example')] }], ['q', 'c', 23, 24, { service: 'b', kind: 4, attributes: [text('messaging.destination.name', 'mails')] }]);
    expect(Object.fromEntries(found.nodes.map(({ name, kind }) => [name, kind]))).toEqual({ a: 'service', b: 'service', 'bank.example': 'external', mails: 'messaging' });
    expect(found.edges.filter(({ isMessaging }) => isMessaging).map(({ server }) => server).sort()).toEqual(['b', 'mails']);
  });

  it('does without parents that are missing', () => expect(graph(['a', 'gone', 0, 10]).edges).toEqual([]));
});
