import { afterEach, describe, expect, it } from 'vitest';
import { timeLabel } from '../charts/axes';
import { formatClock, formatDateTime } from '../format/time';
import { describeRange, parseTimePoint } from './range';
import { isZone, setZone, unixMsOf, zonedTime } from './zone';

afterEach(() => setZone(''));

const AT = Date.UTC(2026, 6, 1, 22, 30, 5, 123);

describe('the time zone', () => {
  it.each([
    ['UTC', '2026-07-01 22:30:05.123'],
    ['Asia/Kolkata', '2026-07-02 04:00:05.123'],
    ['America/St_Johns', '2026-07-01 20:00:05.123'],
  ])('%s shows %s', (zone, text) => {
    setZone(zone);
    expect(formatDateTime(AT, true)).toBe(text);
    expect(formatClock(AT)).toBe(text.slice(11, 19));
    expect(parseTimePoint(text.slice(0, 19), 0)).toBe(AT - 123);
    expect(unixMsOf(zonedTime(AT))).toBe(AT);
  });

  it('is that in which days begin', () => {
    setZone('Asia/Kolkata');
    expect(parseTimePoint('now/d', AT)).toBe(Date.UTC(2026, 6, 1, 18, 30));
    // The week of that Thursday begins on Monday, the 29th of June.
    expect(parseTimePoint('now/w', AT)).toBe(Date.UTC(2026, 5, 28, 18, 30));
    expect(parseTimePoint('now/h', AT)).toBe(Date.UTC(2026, 6, 1, 21, 30) + 3_600_000);
    expect(parseTimePoint('2026-07-02', 0)).toBe(Date.UTC(2026, 6, 1, 18, 30));
    expect(describeRange({ from: String(AT), to: String(AT + 60_000) }, AT)).toContain('04:00:05');
    expect(timeLabel(Date.UTC(2026, 6, 1, 18, 30) / 1000, 3600)).toBe('2 Jul');
  });

  it('takes dates with a zone of their own as they are', () => {
    setZone('Asia/Kolkata');
    expect(parseTimePoint('2026-07-01T22:30:05Z', 0)).toBe(AT - 123);
    expect(parseTimePoint('2026-07-01T22:30:05+02:00', 0)).toBe(AT - 123 - 7_200_000);
  });

  it('refuses what is no date', () => {
    setZone('UTC');
    expect(parseTimePoint('2026-13-01', 0)).toBeNull();
    expect(parseTimePoint('2026-02-30', 0)).toBeNull();
    expect(parseTimePoint('2026-07-01 25:00', 0)).toBeNull();
  });

  it('changes clocks in spring and autumn', () => {
    setZone('Europe/Berlin');
    // 02:30 does not exist that night, and exists twice in the other one.
    expect(formatClock(parseTimePoint('2026-03-29 02:30', 0)!)).toBe('03:30:00');
    expect(formatClock(parseTimePoint('2026-10-25 02:30', 0)!)).toBe('02:30:00');
    expect(parseTimePoint('2026-03-29 03:00', 0)! - parseTimePoint('2026-03-29 01:59', 0)!).toBe(60_000);
  });

  it('is refused when nobody knows it', () => {
    expect(isZone('Mars/Olympus')).toBe(false);
    expect(() => setZone('Mars/Olympus')).toThrow(/Mars/);
  });
});
