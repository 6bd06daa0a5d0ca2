import { describe, expect, it } from 'vitest';
import { SERIES_COLOURS } from '../../palette/palette';
import { hostColours } from './hostColours';

describe('hostColours', () => {
  it('gives each host one colour, whatever the order and however often it is named', () => {
    const colours = hostColours(['web-2', 'db', 'web-2', 'web-1'], 'light');
    expect([...colours]).toEqual([
      ['db', SERIES_COLOURS.light[0]],
      ['web-1', SERIES_COLOURS.light[1]],
      ['web-2', SERIES_COLOURS.light[2]],
    ]);
  });
  it('begins anew when there are more hosts than colours', () => {
    const names = Array.from({ length: 13 }, (_, i) => `host-${String(i).padStart(2, '0')}`);
    expect(hostColours(names, 'dark').get('host-12')).toBe(SERIES_COLOURS.dark[0]);
  });
});
