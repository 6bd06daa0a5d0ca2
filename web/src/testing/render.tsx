import { MantineProvider } from '@mantine/core';
import { render } from '@testing-library/react';
import type { ReactElement } from 'react';
import { cssVariables, theme } from '../theme/theme';

/** Renders a component as on a page. */
export function renderInTheme(element: ReactElement) {
  const inTheme = (one: ReactElement) => (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} env="test">
      {one}
    </MantineProvider>
  );
  const view = render(inTheme(element));
  return { ...view, rerender: (next: ReactElement) => view.rerender(inTheme(next)) };
}
