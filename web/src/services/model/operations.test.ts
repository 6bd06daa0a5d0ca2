import { describe, expect, it } from 'vitest';
import type { VectorSample } from '../../api/prometheus';
import { isEntry, kindName, operations, sortOperations } from './operations';

const of = (name: string, kind: string, value: string): VectorSample => ({ metric: { span_name: name, span_kind: kind }, value: [0, value] });
const none = { failed: [], p50: [], p95: [], p99: [] };

describe('operations', () => {
  it('joins figures by name and kind', () => {
    const found = operations({ ...none, rate: [of('GET /', 'SPAN_KIND_SERVER', '4'), of('GET /', 'SPAN_KIND_CLIENT', '1')], failed: [of('GET /', 'SPAN_KIND_SERVER', '1')], p95: [of('GET /', 'SPAN_KIND_CLIENT', '0.5')] });
    expect(found).toEqual([
      { name: 'GET /', kind: 'SPAN_KIND_SERVER', rate: 4, errorShare: 0.25, p50: null, p95: null, p99: null },
      { name: 'GET /', kind: 'SPAN_KIND_CLIENT', rate: 1, errorShare: 0, p50: null, p95: 0.5, p99: null },
    ]);
    expect(found.map(isEntry)).toEqual([true, false]);
  });
  it('has no share of an operation that was not called', () => expect(operations({ ...none, rate: [of('x', 'SPAN_KIND_SERVER', '0')] })[0]!.errorShare).toBeNull());
  it('leaves out what has no number', () => expect(operations({ ...none, rate: [of('x', '', 'NaN')] })).toEqual([]));
});

describe('sortOperations', () => {
  const all = operations({ ...none, rate: [of('b', '', '1'), of('a', '', '1'), of('c', '', '9')], p95: [of('a', '', '2')] });
  const names = (order: 'rate' | 'name' | 'p95', isReversed = false) => sortOperations(all, order, isReversed).map(({ name }) => name).join('');
  it('by rate, then name', () => expect(names('rate')).toBe('cab'));
  it('by name, both ways', () => expect([names('name'), names('name', true)]).toEqual(['abc', 'cba']));
  it('with the unknown last, both ways', () => expect([names('p95'), names('p95', true)]).toEqual(['abc', 'abc']));
});

describe('kindName', () => it('is a word', () => expect(kindName('SPAN_KIND_SERVER')).toBe('server')));
