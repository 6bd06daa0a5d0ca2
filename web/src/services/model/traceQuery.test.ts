import { parser } from '@grafana/lezer-traceql';
import { describe, expect, it } from 'vitest';
import { traceQuery } from './traceQuery';

describe('traceQuery', () => {
  it('names the service and the operation', () => expect(traceQuery('newest', 'a"b', 'GET /', 1)).toBe('{ resource.service.name = "a\\"b" && name = "GET /" }'));
  it('asks for errors', () => expect(traceQuery('errors', 'a', undefined, 1)).toBe('{ resource.service.name = "a" && status = error }'));
  it('asks for what is slower than most', () => expect(traceQuery('slowest', 'a', undefined, 0.0123456)).toBe('{ resource.service.name = "a" && duration > 12345us }'));
  it('asks for all where the latency is not known', () => expect(traceQuery('slowest', 'a', undefined, null)).toBe('{ resource.service.name = "a" }'));
  it('is TraceQL', () => {
    let whole = true;
    parser.parse(traceQuery('slowest', 'a', 'b', 1)).iterate({ enter: (node) => void (whole &&= !node.type.isError) });
    expect(whole).toBe(true);
  });
});
