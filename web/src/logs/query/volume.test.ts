import { describe, expect, it } from 'vitest';
import { logRows } from './lokiAnswer';
import { volumeOfRows, volumeOfSeries, volumeRange, volumeStepMs } from './volume';

describe('volume', () => {
  it('chooses round steps', () => {
    expect(volumeStepMs(3_600_000, 120)).toBe(30_000);
    expect(volumeStepMs(86_400_000, 100)).toBe(900_000);
    expect(volumeStepMs(1, 100)).toBe(100);
  });

  it('asks at the ends of its buckets', () => expect(volumeRange(1_500, 4_200, 1000)).toEqual({ startMs: 2000, endMs: 5000 }));

  it('puts a count at time t into the bucket that ends at t', () => {
    const volume = volumeOfSeries(
      [
        {
          metric: { detected_level: 'error' },
          values: [
            [2, '3'],
            [5, '1'],
          ],
        },
        { metric: {}, values: [[3, '7']] },
      ],
      1_500,
      4_200,
      1000,
    );
    expect(volume.startMs).toBe(1000);
    expect(volume.levels.map((l) => [l.level, ...l.counts])).toEqual([
      ['error', 3, 0, 0, 1],
      ['unknown', 0, 7, 0, 0],
    ]);
    expect(volume.total).toBe(11);
    expect(volume.isComplete).toBe(true);
  });

  it('adds up spellings of one level', () => {
    const volume = volumeOfSeries(
      [
        { metric: { detected_level: 'warn' }, values: [[1, '1']] },
        { metric: { level: 'WARNING' }, values: [[1, '2']] },
      ],
      0,
      1000,
      1000,
    );
    expect(volume.levels).toMatchObject([{ level: 'warn', total: 3 }]);
  });

  it('counts rows when it has to, and says that it did', () => {
    const rows = logRows(
      [
        {
          stream: {},
          values: [
            ['1500000000', 'level=info'],
            ['2500000000', 'level=info'],
            ['9500000000', 'level=info'],
          ],
        },
      ],
      'forward',
    );
    const volume = volumeOfRows(rows, 1000, 3000, 1000);
    expect([...volume.levels[0]!.counts]).toEqual([1, 1]);
    expect(volume.isComplete).toBe(false);
  });
});
