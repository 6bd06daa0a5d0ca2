import { ActionIcon, Button, createTheme, Kbd, Menu, NumberInput, Popover, SegmentedControl, Select, Text, TextInput, Tooltip } from '@mantine/core';
import type { CSSVariablesResolver, MantineColorsTuple } from '@mantine/core';

/** The one accent: blue-violet, for what can be acted on. */
const iris: MantineColorsTuple = ['#f1f0fe', '#e2e0fb', '#c6c2f5', '#a9a3f0', '#8f88ea', '#6c63dc', '#5f56d3', '#5048bb', '#423c9a', '#35307b'];

/** Neutral greys with a trace of the accent's hue, dark to light as Mantine counts them. */
const dark: MantineColorsTuple = ['#e3e3e9', '#b8b8c4', '#9797a5', '#6d6d7b', '#43434e', '#35353e', '#2a2a31', '#1a1a1f', '#151519', '#101013'];
const gray: MantineColorsTuple = ['#f6f6f8', '#efeff2', '#e4e4e9', '#d6d6de', '#c3c3ce', '#a2a2af', '#7a7a88', '#5c5c68', '#3b3b45', '#1e1e24'];

const MONOSPACE = 'ui-monospace, "SF Mono", "JetBrains Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace';
const SYSTEM = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif';

export const theme = createTheme({
  primaryColor: 'iris',
  primaryShade: { light: 6, dark: 5 },
  colors: { iris, dark, gray },
  white: '#fcfcfd',
  black: '#1b1b21',
  fontFamily: SYSTEM,
  fontFamilyMonospace: MONOSPACE,
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  lineHeights: { xs: '1.4', sm: '1.4', md: '1.4', lg: '1.4', xl: '1.3' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  radius: { xs: '3px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  headings: {
    fontFamily: SYSTEM,
    fontWeight: '600',
    sizes: { h1: { fontSize: '1rem', lineHeight: '1.4' }, h2: { fontSize: '0.875rem', lineHeight: '1.4' }, h3: { fontSize: '0.8125rem', lineHeight: '1.4' } },
  },
  components: {
    Text: Text.extend({ defaultProps: { size: 'sm' } }),
    Button: Button.extend({ defaultProps: { size: 'xs' } }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray', size: 28 } }),
    TextInput: TextInput.extend({ defaultProps: { size: 'xs' } }),
    NumberInput: NumberInput.extend({ defaultProps: { size: 'xs' } }),
    Select: Select.extend({ defaultProps: { size: 'xs', allowDeselect: false } }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { size: 'xs', withItemsBorders: false } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 400, withArrow: false, fz: 'xs', maw: 360, multiline: true } }),
    Menu: Menu.extend({ defaultProps: { shadow: 'none', withinPortal: true } }),
    Popover: Popover.extend({ defaultProps: { shadow: 'none', withinPortal: true } }),
    Kbd: Kbd.extend({ defaultProps: { size: 'xs' } }),
  },
});

/**
 * The colours by role. Both themes are designed: `body` is the surface of panels (off white, dark grey), `page` what lies
 * behind them. Contrast of `text` and `dimmed` on both is at least 4.5.
 */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: { '--rail-width': '68px', '--bar-height': '44px' },
  light: {
    '--page': '#f3f3f6',
    '--mantine-color-body': '#fcfcfd',
    '--mantine-color-text': '#1f1f26',
    '--mantine-color-dimmed': '#63636f',
    '--mantine-color-placeholder': '#6a6a76',
    '--mantine-color-default': '#fefefe',
    '--mantine-color-default-hover': '#f1f1f5',
    '--mantine-color-default-border': '#dfdfe6',
    '--mantine-color-anchor': '#5048bb',
    '--border-strong': '#c9c9d3',
    '--raised': '#fefefe',
    '--hover': '#00000009',
    '--chosen': '#5f56d314',
    '--accent': '#5048bb',
    '--good': '#1f7a45',
    '--good-soft': '#e3f3e9',
    '--warn': '#8f5a00',
    '--warn-soft': '#fcf1d8',
    '--bad': '#c02a30',
    '--bad-soft': '#fcebeb',
    '--grid': '#e8e8ee',
    '--axis': '#666672',
    '--crosshair': '#8a8a98',
    '--skeleton': '#ebebf0',
  },
  dark: {
    '--page': '#121215',
    '--mantine-color-body': '#19191d',
    '--mantine-color-text': '#e3e3e9',
    '--mantine-color-dimmed': '#9c9caa',
    '--mantine-color-placeholder': '#8a8a98',
    '--mantine-color-default': '#212127',
    '--mantine-color-default-hover': '#292930',
    '--mantine-color-default-border': '#2e2e36',
    '--mantine-color-anchor': '#a9a3f0',
    '--border-strong': '#43434e',
    '--raised': '#212127',
    '--hover': '#ffffff0b',
    '--chosen': '#8f88ea26',
    '--accent': '#a9a3f0',
    '--good': '#5cc58a',
    '--good-soft': '#163022',
    '--warn': '#e3b04b',
    '--warn-soft': '#332812',
    '--bad': '#ff7b7b',
    '--bad-soft': '#3a1b1d',
    '--grid': '#26262c',
    '--axis': '#93939f',
    '--crosshair': '#6d6d7b',
    '--skeleton': '#232329',
  },
});
