import { describe, expect, it } from 'vitest';
import { traceqlPlace } from './traceqlCompletion';

describe('traceqlPlace', () => {
  it.each([
    ['{', { kind: 'field', from: 1 }],
    ['{ resource.ser', { kind: 'field', from: 2 }],
    ['{ status = error && na', { kind: 'field', from: 20 }],
    ['{ resource.service.name = ', { kind: 'value', from: 26, tag: 'resource.service.name', isQuoted: false }],
    ['{ name = "GET /a', { kind: 'value', from: 9, tag: 'name', isQuoted: true }],
    ['{ status = er', { kind: 'value', from: 11, tag: 'status', isQuoted: false }],
    ['{ status = error } | co', { kind: 'aggregate', from: 21 }],
    ['{ status = error } ', null],
    ['{ a = "x" ', null],
  ])('at the end of %s', (text, expected) => expect(traceqlPlace(text)).toEqual(expected));
});
