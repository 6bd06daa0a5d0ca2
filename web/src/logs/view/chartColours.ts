import { useMemo } from 'react';
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

function pick(colour: string, scheme: Scheme): string {
  const both = /^light-dark\(([^,]+),([^)]+)\)$/.exec(colour);
  return both ? both[scheme === 'light' ? 1 : 2]!.trim() : colour;
}
