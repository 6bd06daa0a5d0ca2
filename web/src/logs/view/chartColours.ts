import { useMemo } from 'react';
import type uPlot from 'uplot';
import { formatClock, formatDateTime } from '../../format/time';
import { useScheme } from '../../theme/useScheme';
import type { Scheme } from '../../theme/useScheme';

/** Colours for what is painted on a canvas, which does not know CSS variables. */
export interface ChartColours {
  text: string;
  grid: string;
  error: string;
  font: string;
  /** Resolves `light-dark(a, b)`. */
  css: (colour: string) => string;
}

export function useChartColours(): ChartColours {
  const scheme = useScheme();
  return useMemo(() => {
    const style = getComputedStyle(document.documentElement);
    const variable = (name: string) => pick(style.getPropertyValue(name).trim(), scheme);
    return {
      text: variable('--axis'),
      grid: variable('--grid'),
      error: variable('--bad'),
      font: `11px ${style.getPropertyValue('--mantine-font-family') || 'system-ui'}`,
      css: (colour) => pick(colour, scheme),
    };
  }, [scheme]);
}

/** Times along an axis in 24 hours; the day stands with the first one and where it changes. */
export function timeAxisText(_plot: uPlot, seconds: number[], _axis: number, _space: number, stepSeconds: number): string[] {
  let day = '';
  return seconds.map((at) => {
    const today = formatDateTime(at * 1000).slice(5, 10);
    const clock = stepSeconds < 1 ? formatClock(at * 1000, true) : formatClock(at * 1000).slice(0, stepSeconds < 60 ? 8 : 5);
    const changed = day !== '' && today !== day;
    day = today;
    return stepSeconds >= 86_400 ? today : changed ? `${today} ${clock}` : clock;
  });
}

function pick(colour: string, scheme: Scheme): string {
  const both = /^light-dark\(([^,]+),([^)]+)\)$/.exec(colour);
  return both ? both[scheme === 'light' ? 1 : 2]!.trim() : colour;
}
