import { describe, expect, it } from 'vitest';
import { alignToStep, describeRange, parseDurationMs, parseTimePoint, resolveRange, stepSecondsFor, toAbsolute, widen } from './range';

const NOW = new Date(2026, 10, 21, 12, 34, 56, 789).getTime();

describe('parseDurationMs', () => {
  it.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['250ms', 250],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['', null],
    ['5', null],
    ['h', null],
    ['5m!', null],
  ])('reads %s as %s', (text, ms) => expect(parseDurationMs(text)).toBe(ms));
});

describe('parseTimePoint', () => {
  it.each([
    ['now', NOW],
    ['now-1h', NOW - 3_600_000],
    ['now - 90m', NOW - 5_400_000],
    ['now+5m', NOW + 300_000],
    ['now/d', new Date(2026, 10, 21).getTime()],
    ['now-1d/d', new Date(2026, 10, 20).getTime()],
    ['now/w', new Date(2026, 10, 16).getTime()],
    ['1795264005', 1_795_264_005_000],
    ['1795264005219', 1_795_264_005_219],
    ['2026-11-21', new Date(2026, 10, 21).getTime()],
    ['2026-11-21 08:15', new Date(2026, 10, 21, 8, 15).getTime()],
    ['2026-11-21T08:15:00Z', Date.UTC(2026, 10, 21, 8, 15)],
    ['yesterday', null],
    ['now-', null],
    ['now-1x', null],
    ['2026-13-45', null],
    ['', null],
  ])('reads %s', (text, ms) => expect(parseTimePoint(text, NOW)).toBe(ms));
});

describe('resolveRange', () => {
  it('says which end is wrong', () => {
    expect(resolveRange({ from: 'soon', to: 'now' }, NOW)).toMatchObject({ error: expect.stringContaining('“soon”') });
    expect(resolveRange({ from: 'now-1h', to: 'later' }, NOW)).toMatchObject({ error: expect.stringContaining('“later”') });
  });

  it('refuses a range that ends before it starts', () => expect(resolveRange({ from: 'now', to: 'now-1h' }, NOW)).toHaveProperty('error'));
});

describe('describeRange', () => {
  it.each([
    [{ from: 'now-1h', to: 'now' }, 'Last 1 h'],
    [{ from: 'now-15m', to: 'now' }, 'Last 15 min'],
    [{ from: 'now/d', to: 'now' }, 'Today'],
    [{ from: '2026-11-21 08:00', to: '2026-11-21 09:30' }, '08:00 – 09:30'],
    [{ from: '2026-11-19 08:00', to: '2026-11-20 09:30:05' }, '19 Nov 08:00:00 – 20 Nov 09:30:05'],
    [{ from: 'x', to: 'now' }, 'Choose a time range'],
  ])('names %j', (raw, text) => expect(describeRange(raw, NOW)).toBe(text));
});

describe('ranges', () => {
  it('become absolute for sharing', () => expect(toAbsolute({ startMs: 1000.4, endMs: 2000 })).toEqual({ from: '1000', to: '2000' }));

  it('widen to twice the length without reaching into the future', () => {
    expect(widen({ startMs: NOW - 1000, endMs: NOW }, NOW)).toEqual({ from: String(NOW - 2000), to: String(NOW) });
    expect(widen({ startMs: NOW - 10_000, endMs: NOW - 8000 }, NOW)).toEqual({ from: String(NOW - 11_000), to: String(NOW - 7000) });
  });

  it.each([
    [3_600_000, 1000, 10],
    [300_000, 1000, 5],
    [86_400_000, 1000, 300],
    [30 * 86_400_000, 1000, 7200],
    [60_000, 2000, 5],
    [400 * 365 * 86_400_000, 1000, 302_745_600 / 12],
  ])('of %d ms on %d px have a round step', (ms, px, seconds) => {
    const step = stepSecondsFor({ startMs: 0, endMs: ms }, px);
    if (ms < 86_400_000 * 365) expect(step).toBe(seconds);
    // However long the range: never more points than the server takes.
    expect(ms / 1000 / step).toBeLessThanOrEqual(600);
  });

  it('align to the step, so that a second later the same points are asked for', () => {
    expect(alignToStep({ startMs: 61_234, endMs: 125_999 }, 10)).toEqual({ startMs: 60_000, endMs: 120_000 });
    expect(alignToStep({ startMs: 62_234, endMs: 126_999 }, 10)).toEqual({ startMs: 60_000, endMs: 120_000 });
  });
});
