import { describe, expect, it } from 'vitest';
import { colourOf, coloursOf, labelsKey, SERIES_COLOURS } from './palette';

type Rgb = [number, number, number];
type Matrix = readonly [Rgb, Rgb, Rgb];

// Machado, Oliveira and Fernandes 2009, severity 1.0: what remains of linear light for people without one kind of cone.
const DEFICIENCIES: Record<string, Matrix> = {
  none: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

function linear(hex: string): Rgb {
  return [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)) as Rgb;
}

function seen(matrix: Matrix, colour: Rgb): Rgb {
  return matrix.map((row) => Math.min(1, Math.max(0, row[0] * colour[0] + row[1] * colour[1] + row[2] * colour[2]))) as Rgb;
}

function oklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s, 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s, 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s];
}

const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const distance = (a: Rgb, b: Rgb) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
const PANELS = { light: '#fcfcfd', dark: '#19191d' } as const;

describe.each(['light', 'dark'] as const)('the palette of the %s theme', (scheme) => {
  const colours = SERIES_COLOURS[scheme];

  it('has twelve different colours', () => expect(new Set(colours).size).toBe(12));

  it.each(Object.entries(DEFICIENCIES))('keeps its colours apart for eyes with deficiency: %s', (_, matrix) => {
    const views = colours.map((colour) => oklab(seen(matrix, linear(colour))));
    const closest = Math.min(...views.flatMap((a, i) => views.slice(i + 1).map((b) => distance(a, b))));
    // 0.02 is about what can just be told apart side by side; lines lie apart, so three times as much.
    expect(closest).toBeGreaterThan(0.06);
  });

  it('has a contrast of 3 to the panels', () => {
    const panel = luminance(linear(PANELS[scheme]));
    for (const colour of colours) {
      const own = luminance(linear(colour));
      expect((Math.max(own, panel) + 0.05) / (Math.min(own, panel) + 0.05)).toBeGreaterThanOrEqual(3);
    }
  });
});

describe('colours of series', () => {
  it('do not depend on the order of labels', () => {
    expect(labelsKey({ a: '1', b: '2' })).toBe(labelsKey({ b: '2', a: '1' }));
    expect(labelsKey({ a: '1', b: '2' })).not.toBe(labelsKey({ a: '12', b: '' }));
  });

  it('stay the same from chart to chart when alone', () => expect(coloursOf(['gateway'], 'dark')).toEqual([colourOf('gateway', 'dark')]));

  it('are all different for up to twelve series of one chart', () => {
    const keys = Array.from({ length: 12 }, (_, i) => `series ${i}`);
    expect(new Set(coloursOf(keys, 'light')).size).toBe(12);
  });

  it('are spread evenly over more series than colours', () => {
    const colours = coloursOf(Array.from({ length: 36 }, (_, i) => `series ${i}`), 'light');
    for (const colour of SERIES_COLOURS.light) expect(colours.filter((one) => one === colour)).toHaveLength(3);
  });

  it('do not depend on the order of series', () => {
    const forward = coloursOf(['a', 'b', 'c', 'd'], 'light');
    expect(coloursOf(['d', 'c', 'b', 'a'], 'light')).toEqual(forward.reverse());
  });
});
