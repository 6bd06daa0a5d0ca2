import type { Level } from '../parse/level';

/** CSS colours of the levels; defined for both themes in Logs.module.css. */
export const LEVEL_COLOURS: Record<Level, string> = {
  error: 'light-dark(#d6404a, #f0616d)',
  warn: 'light-dark(#d99a1c, #e3b341)',
  info: 'light-dark(#7f98b8, #6d87a8)',
  debug: 'light-dark(#b4b9c2, #5b626e)',
  unknown: 'light-dark(#d3d6dc, #444a55)',
};

export const LEVEL_NAMES: Record<Level, string> = { error: 'error', warn: 'warning', info: 'info', debug: 'debug', unknown: 'no level' };
