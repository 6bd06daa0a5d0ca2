import { describe, expect, it } from 'vitest';
import { logqlPlace } from './logqlCompletion';

describe('logqlPlace', () => {
  it.each([
    ['{', { kind: 'label-name', from: 1, otherLabels: false }],
    ['{ap', { kind: 'label-name', from: 1, otherLabels: false }],
    ['{a="x", b', { kind: 'label-name', from: 8, otherLabels: true }],
    ['{app="', { kind: 'label-value', from: 6, label: 'app' }],
    ['{app=~"fro', { kind: 'label-value', from: 7, label: 'app' }],
    ['{a="x{", app="', { kind: 'label-value', from: 14, label: 'app' }],
    ['{a="x"} | js', { kind: 'stage', from: 10 }],
    ['{a="x"} |= "e" | ', { kind: 'stage', from: 17 }],
    ['sum by (', { kind: 'label-name', from: 8, otherLabels: true }],
    ['sum(ra', { kind: 'function', from: 4 }],
    ['co', { kind: 'function', from: 0 }],
    ['{a="x"} |= "er', null],
    ['{a="x"} |= ', null],
    ['{a', { kind: 'label-name', from: 1, otherLabels: false }],
    ['{a="x"', null],
  ])('at the end of %s', (text, expected) => expect(logqlPlace(text)).toEqual(expected));
});
