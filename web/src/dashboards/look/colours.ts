import type { Scheme } from '../../theme/useScheme';
import type { Thresholds } from '../model/fieldConfig';

/** Grafana's hues from `super-light` to `dark`, one row for each theme: darker on light ground, so that texts can be read. */
const HUES: Readonly<Record<string, Readonly<Record<Scheme, readonly [string, string, string, string, string]>>>> = {
  red: { dark: ['#ffa6b0', '#ff7383', '#f2495c', '#e02f44', '#c4162a'], light: ['#ff7383', '#f2495c', '#d92139', '#b3182c', '#8f1022'] },
  orange: { dark: ['#ffcb7d', '#ffb357', '#ff9830', '#ff780a', '#fa6400'], light: ['#ffb357', '#f58a1f', '#cf6000', '#ad4e00', '#8a3d00'] },
  yellow: { dark: ['#fff899', '#ffee52', '#fade2a', '#f2cc0c', '#e0b400'], light: ['#f2cc0c', '#d1a800', '#a88300', '#876900', '#6a5200'] },
  green: { dark: ['#c8f2c2', '#96d98d', '#73bf69', '#56a64b', '#37872d'], light: ['#96d98d', '#5eb053', '#3a8a30', '#2b6e22', '#1f5518'] },
  blue: { dark: ['#c0d8ff', '#8ab8ff', '#5794f2', '#3274d9', '#1f60c4'], light: ['#8ab8ff', '#5794f2', '#2466cc', '#1b52a8', '#133f85'] },
  purple: { dark: ['#deb6f2', '#ca95e5', '#b877d9', '#a352cc', '#8f3bb8'], light: ['#ca95e5', '#b877d9', '#9340be', '#78309e', '#5d2380'] },
};
const SHADES: Readonly<Record<string, number>> = { 'super-light': 0, light: 1, 'semi-dark': 3, dark: 4 };

/** A colour as a dashboard names it: `semi-dark-red`, `#f00`, `rgba(…)`, `text`, `transparent`. */
export function colourNamed(name: string, scheme: Scheme): string {
  if (name === 'text') return 'var(--mantine-color-text)';
  if (name === 'transparent') return 'transparent';
  const parts = /^(?:(super-light|light|semi-dark|dark)-)?(red|orange|yellow|green|blue|purple)$/.exec(name);
  if (parts) return HUES[parts[2]!]![scheme][parts[1] === undefined ? 2 : SHADES[parts[1]]!]!;
  return name;
}

/** The colours that a `continuous-…` mode runs through; null for other modes. */
export function continuousColours(mode: string, scheme: Scheme): string[] | null {
  const one = (name: string) => colourNamed(name, scheme);
  const pale = scheme === 'dark' ? '#26262c' : '#ececf1';
  switch (mode) {
    case 'continuous-GrYlRd':
      return ['green', 'yellow', 'red'].map(one);
    case 'continuous-RdYlGr':
      return ['red', 'yellow', 'green'].map(one);
    case 'continuous-BlYlRd':
      return ['dark-blue', 'super-light-yellow', 'dark-red'].map(one);
    case 'continuous-YlRd':
      return ['super-light-yellow', 'dark-red'].map(one);
    case 'continuous-BlPu':
      return ['blue', 'purple'].map(one);
    case 'continuous-YlBl':
      return ['super-light-yellow', 'dark-blue'].map(one);
    case 'continuous-viridis':
      return ['#440154', '#3b528b', '#21918c', '#5ec962', '#fde725'];
    case 'continuous-magma':
      return ['#000004', '#51127c', '#b73779', '#fc8961', '#fcfdbf'];
    case 'continuous-plasma':
      return ['#0d0887', '#7e03a8', '#cc4778', '#f89540', '#f0f921'];
    case 'continuous-inferno':
      return ['#000004', '#57106e', '#bc3754', '#f98e09', '#fcffa4'];
    case 'continuous-cividis':
      return ['#00224e', '#414d6b', '#7c7b78', '#bcae6c', '#fee838'];
    case 'continuous-blues':
      return [pale, one('blue')];
    case 'continuous-reds':
      return [pale, one('red')];
    case 'continuous-greens':
      return [pale, one('green')];
    case 'continuous-purples':
      return [pale, one('purple')];
    default:
      return null;
  }
}

export function rgbOf(colour: string): [number, number, number] | null {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(colour);
  if (short) return [1, 2, 3].map((i) => parseInt(short[i]! + short[i]!, 16)) as [number, number, number];
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(colour);
  if (long) return [1, 2, 3].map((i) => parseInt(long[i]!, 16)) as [number, number, number];
  const rgb = /^rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)/.exec(colour);
  return rgb ? [Number(rgb[1]), Number(rgb[2]), Number(rgb[3])] : null;
}

/** The colour at a share (0 to 1) of a row of colours. */
export function mixed(colours: readonly string[], share: number): string {
  const at = Math.min(1, Math.max(0, share)) * (colours.length - 1);
  const from = rgbOf(colours[Math.floor(at)]!);
  const to = rgbOf(colours[Math.min(colours.length - 1, Math.floor(at) + 1)]!);
  if (from === null || to === null) return colours[Math.round(at)]!;
  const part = at - Math.floor(at);
  return `#${from.map((c, i) => Math.round(c + (to[i]! - c) * part).toString(16).padStart(2, '0')).join('')}`;
}

/** The same colour, partly seen through; names that CSS alone can resolve are mixed by CSS. */
export function faded(colour: string, share: number): string {
  const rgb = rgbOf(colour);
  if (rgb === null) return `color-mix(in srgb, ${colour} ${Math.round(share * 100)}%, transparent)`;
  return `rgba(${rgb[0]},${rgb[1]},${rgb[2]},${share})`;
}

/** Black or white, whichever can be read on the colour. */
export function textOn(colour: string): string {
  const rgb = rgbOf(colour);
  if (rgb === null) return 'inherit';
  const [r, g, b] = rgb.map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.3 ? '#16161a' : '#ffffff';
}

/** The step that a value has reached. */
export function thresholdAt(thresholds: Thresholds, value: number, min: number | null, max: number | null): number {
  const lowest = min ?? 0;
  const reached = thresholds.mode === 'percentage' ? ((value - lowest) / ((max ?? 100) - lowest || 1)) * 100 : value;
  let found = 0;
  thresholds.steps.forEach((step, i) => {
    if (reached >= step.value) found = i;
  });
  return found;
}

/** Values of the steps in the field's own unit, the base left out. */
export function thresholdLines(thresholds: Thresholds, min: number | null, max: number | null): { value: number; color: string }[] {
  const lowest = min ?? 0;
  return thresholds.steps.slice(1).map((step) => ({ color: step.color, value: thresholds.mode === 'percentage' ? lowest + (step.value / 100) * ((max ?? 100) - lowest) : step.value }));
}
