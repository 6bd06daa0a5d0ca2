import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatPercent, formatSi, significant } from './number';

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

describe('significant', () => {
  it.each([
    [0, '0'],
    [1.23456, '1.23'],
    [0.031249, '0.0312'],
    [340, '340'],
    [99.96, '100'],
    [1234.5, '1235'],
    [1e-9, '1.00e-9'],
    [-2.5, '-2.5'],
  ])('writes %d as %s', (value, text) => expect(significant(value)).toBe(text));

  it('takes as many digits as asked for', () => expect(significant(1.23456, 5)).toBe('1.2346'));
});

describe('formatSi', () => {
  it.each([
    [0, '', '0'],
    [999, '', '999'],
    [1240, '', '1.24 k'],
    [999_999, '', '1 M'],
    [52_100_000, '/s', '52.1 M/s'],
    [3, 'Hz', '3 Hz'],
    [-1500, '', '−1.5 k'],
    [NaN, '', 'NaN'],
    [Infinity, '', '+Inf'],
    [-Infinity, '', '−Inf'],
  ])('writes %d with unit “%s” as %s', (value, unit, text) => expect(plain(formatSi(value, unit))).toBe(text));
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1270, '1.24 KiB'],
    [3.5 * 2 ** 30, '3.5 GiB'],
  ])('writes %d as %s', (value, text) => expect(plain(formatBytes(value))).toBe(text));

  it('takes a time', () => expect(plain(formatBytes(2048, '/s'))).toBe('2 KiB/s'));
});

describe('formatCount and formatPercent', () => {
  it('sets thousands apart', () => expect(plain(formatCount(12_345_678))).toBe('12 345 678'));
  it('leaves small numbers alone', () => expect(formatCount(999)).toBe('999'));
  it('writes a share as per cent', () => expect(plain(formatPercent(0.1234))).toBe('12.3 %'));
});
