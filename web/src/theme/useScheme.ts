import { useComputedColorScheme } from '@mantine/core';

export type Scheme = 'light' | 'dark';

/** The colour scheme in force. */
export function useScheme(): Scheme {
  return useComputedColorScheme('light', { getInitialValueInEffect: false });
}
