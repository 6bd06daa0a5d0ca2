import { describe, expect, it } from 'vitest';
import { LiveBuffer } from './liveBuffer';
import type { TailFrame } from './liveBuffer';

function frame(from: number, count: number): TailFrame {
  const values = Array.from({ length: count }, (_, i): [string, string] => [`1700000000${String(from + i).padStart(9, '0')}`, `line ${from + i}`]);
  return { streams: [{ stream: { app: 'shop' }, values }] };
}

describe('LiveBuffer', () => {
  it('shows lines of several streams in order of time', () => {
    const buffer = new LiveBuffer();
    buffer.add(
      {
        streams: [
          { stream: { app: 'a' }, values: [['1700000000000000003', 'third']] },
          { stream: { app: 'b' }, values: [['1700000000000000001', 'first']] },
        ],
      },
      0,
    );
    expect(buffer.rows.map((row) => row.line)).toEqual(['first', 'third']);
    expect(buffer.newest).toBe('1700000000000000003');
  });

  it('stands still while paused and shows what waited afterwards', () => {
    const buffer = new LiveBuffer();
    buffer.add(frame(0, 2), 0);
    buffer.setPaused(true);
    const { version } = buffer;
    buffer.add(frame(2, 3), 1);
    expect([buffer.rows.length, buffer.waitingCount, buffer.version]).toEqual([2, 3, version]);
    expect(buffer.newest).toBe('1700000000000000004');
    buffer.setPaused(false);
    expect(buffer.rows.map((row) => row.line)).toEqual(['line 0', 'line 1', 'line 2', 'line 3', 'line 4']);
    expect(buffer.waitingCount).toBe(0);
  });

  it('counts what the server skipped, named or not, and what it could not keep while paused', () => {
    const buffer = new LiveBuffer();
    buffer.add({ dropped_entries: [{ labels: {}, timestamp: '1' }] }, 0);
    buffer.add({ dropped_entries: [{ labels: {}, timestamp: '1' }], dropped_total: 500 }, 0);
    expect(buffer.skipped).toBe(501);
    buffer.setPaused(true);
    buffer.add(frame(0, 20_010), 0);
    expect([buffer.waitingCount, buffer.skipped]).toEqual([20_000, 511]);
  });

  it('keeps a bounded number of the newest lines', () => {
    const buffer = new LiveBuffer();
    for (let i = 0; i < 30; i++) buffer.add(frame(i * 1000, 1000), i);
    expect(buffer.rows.length).toBeLessThanOrEqual(20_000);
    expect(buffer.rows.length).toBeGreaterThanOrEqual(16_000);
    expect(buffer.rows[buffer.rows.length - 1]!.line).toBe('line 29999');
  });

  it('tells the rate of the last seconds', () => {
    const buffer = new LiveBuffer();
    buffer.add(frame(0, 50), 1000);
    expect(buffer.rate(2000)).toBe(10);
    expect(buffer.rate(60_000)).toBe(0);
  });
});
