import { useCallback, useMemo } from 'react';
import { colourOf, coloursOf } from '../palette/palette';
import { useScheme } from '../theme/useScheme';
import type { PaintColours } from './waterfall/paint';

/** The colour of a service wherever it appears alone. */
export function useServiceColour(): (service: string) => string {
  const scheme = useScheme();
  return useCallback((service: string) => colourOf(service, scheme), [scheme]);
}

/** Colours of a trace's waterfall; two services of one trace do not share a colour while there are others. */
export function usePaintColours(services: readonly string[]): PaintColours {
  const scheme = useScheme();
  return useMemo(() => {
    const style = getComputedStyle(document.documentElement);
    const variable = (name: string) => style.getPropertyValue(name).trim();
    return {
      service: coloursOf(services, scheme),
      grid: variable('--grid'),
      text: variable('--mantine-color-text'),
      dimText: variable('--mantine-color-dimmed'),
      path: scheme === 'light' ? 'rgb(20 20 28 / 80%)' : 'rgb(8 8 12 / 78%)',
      error: variable('--bad'),
      surface: variable('--mantine-color-body'),
      accent: variable('--accent'),
    };
  }, [services, scheme]);
}
