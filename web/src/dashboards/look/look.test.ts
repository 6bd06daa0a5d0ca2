import { describe, expect, it } from 'vitest';
import { emptyFieldConfig, parseMappings } from '../model/fieldConfig';
import { colourNamed, mixed, textOn, thresholdAt, thresholdLines } from './colours';
import { displayOf, shown } from './display';
import { axisSteps, axisTexts, formatUnit, joined } from './units';

describe('formatUnit', () => {
  it.each<[number, string | null, number | null, string]>([
    [1234567, 'short', null, '1.23\u00a0M'],
    [0.5, 'short', null, '0.5'],
    [1536, 'bytes', null, '1.5\u00a0KiB'],
    [1536, 'decbytes', null, '1.54\u00a0kB'],
    [1e6, 'bps', null, '1\u00a0Mb/s'],
    [2048, 'binBps', 1, '2.0\u00a0KiB/s'],
    [0.25, 'percentunit', 1, '25.0%'],
    [12.345, 'percent', null, '12.3%'],
    [0.0042, 's', null, '4.2\u00a0ms'],
    [90, 's', null, '1.5\u00a0min'],
    [250, 'ms', null, '250\u00a0ms'],
    [93_784, 'dtdurations', null, '1\u00a0day, 2\u00a0hours'],
    [93_784, 'dthms', null, '1 d 02:03:04'],
    [1, 'bool_yes_no', null, 'Yes'],
    [0, 'bool', null, 'False'],
    [3e9, 'hertz', null, '3\u00a0GHz'],
    [0.003, 'watt', null, '3\u00a0mW'],
    [42, 'celsius', null, '42\u00a0°C'],
    [1200, 'currencyUSD', null, '$1.2K'],
    [255, 'hex0x', null, '0xFF'],
    [12345678, 'locale', null, '12\u202f345\u202f678'],
    [12345.678, 'none', null, '12\u202f346'],
    [1234.5, 'none', null, '1\u202f234.5'],
    [5, 'suffix:cores', null, '5\u00a0cores'],
    [5, 'prefix:#', null, '#5'],
    [2500, 'si:mV', null, '2.5\u00a0V'],
    [7, 'widgets', null, '7\u00a0widgets'],
    [-1500, 'pps', null, '−1.5\u00a0kp/s'],
    [999_999, 'short', null, '1\u00a0M'],
    [3.14159, null, 2, '3.14'],
    [NaN, 'bytes', null, 'NaN'],
    [Infinity, 's', null, '+Inf'],
  ])('%d in %s with %s decimals', (value, unit, decimals, expected) => expect(joined(formatUnit(value, unit, decimals))).toBe(expected));

  it('tells neighbours on an axis apart', () => expect(axisTexts([1000, 1000.5, 1001], 'short', null)).toEqual(['1\u00a0k', '1.0005\u00a0k', '1.001\u00a0k']));
  it('has steps that are round in the unit', () => {
    expect(axisSteps('bytes')).toContain(512 * 2 ** 20);
    expect(axisSteps('ms')).toContain(60_000);
    expect(axisSteps('short')).toBeNull();
  });
});

describe('colours', () => {
  it('names them for both themes', () => {
    expect(colourNamed('semi-dark-red', 'dark')).toMatch(/^#/);
    expect(colourNamed('green', 'dark')).not.toBe(colourNamed('green', 'light'));
    expect(colourNamed('rgba(1,2,3,0.5)', 'dark')).toBe('rgba(1,2,3,0.5)');
  });
  it('mixes and can be read on', () => {
    expect(mixed(['#000000', '#ffffff'], 0.5)).toBe('#808080');
    expect(textOn('#ffff00')).toBe('#16161a');
    expect(textOn('#000080')).toBe('#ffffff');
  });
  const steps = [{ value: -Infinity, color: 'green' }, { value: 50, color: 'orange' }, { value: 80, color: 'red' }];
  it('finds the step that a value has reached', () => {
    expect([0, 50, 79, 200].map((value) => thresholdAt({ mode: 'absolute', steps }, value, null, null))).toEqual([0, 1, 1, 2]);
    expect([0, 1, 2].map((value) => thresholdAt({ mode: 'percentage', steps }, value, 0, 2))).toEqual([0, 1, 2]);
    expect(thresholdLines({ mode: 'percentage', steps }, 0, 2)).toEqual([{ value: 1, color: 'orange' }, { value: 1.6, color: 'red' }]);
  });
});

describe('displayOf', () => {
  const limits = { min: 0, max: 100 };
  const mappings = parseMappings([
    { type: 'value', options: { '1': { text: 'Up', color: 'green' } } },
    { type: 'range', options: { from: 10, to: 20, result: { text: 'Some' } } },
    { type: 'regex', options: { pattern: '/^v(\\d+)$/', result: { text: 'version $1' } } },
    { type: 'special', options: { match: 'null+nan', result: { text: 'n/a' } } },
  ]);
  it.each([
    [1, 'Up'],
    ['1.0', 'Up'],
    [15, 'Some'],
    ['v12', 'version 12'],
    [null, 'n/a'],
    [NaN, 'n/a'],
    [30, '30%'],
  ])('of %o is %s', (value, text) => expect(shown(displayOf({ ...emptyFieldConfig(), unit: 'percent', mappings }, value, 'dark', limits))).toBe(text));
  it('has the colour of the mapping, of the mode, of the series', () => {
    const config = { ...emptyFieldConfig(), mappings };
    expect(displayOf(config, 1, 'dark', limits).colour).toBe(colourNamed('green', 'dark'));
    expect(displayOf({ ...config, color: { mode: 'fixed', fixedColor: 'blue', seriesBy: 'last' } }, 5, 'dark', limits).colour).toBe(colourNamed('blue', 'dark'));
    expect(displayOf({ ...config, color: { mode: 'palette-classic', fixedColor: null, seriesBy: 'last' } }, 5, 'dark', limits, '#123456').colour).toBe('#123456');
    expect(displayOf(config, 90, 'dark', limits).colour).toBe(colourNamed('red', 'dark'));
  });
});
