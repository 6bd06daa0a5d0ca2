import { describe, expect, it } from 'vitest';
import { shortTraceId } from './traceId';

describe('shortTraceId', () => {
  it.each([
    ['4bf92f3577b34da6a3ce929d0e0e4736', '4bf92f35'],
    ['0bf92f3577b34da6a3ce929d0e0e4736', '0bf92f35'],
    ['0000000000000000a3ce929d0e0e4736', 'a3ce929d'],
    ['000000000000000003ce929d0e0e4736', '03ce929d'],
    ['0000000000000001a3ce929d0e0e4736', '1a3ce929'],
    ['03ce929d0e0e4736', '03ce929d'],
    ['a3', 'a3'],
  ])('%s is %s', (id, short) => expect(shortTraceId(id)).toBe(short));
});
