import { describe, expect, it } from 'vitest';
import { matrixColumns, seriesName } from './matrix';

describe('matrixColumns', () => {
  it('puts series on one list of times and leaves gaps', () => {
    const columns = matrixColumns(
      [
        {
          metric: {},
          values: [
            [10, '1'],
            [30, '3'],
          ],
        },
        { metric: {}, values: [[20, '5']] },
      ],
      10_000,
    );
    expect(columns).toEqual({
      times: [10, 20, 30],
      values: [
        [1, null, 3],
        [null, 5, null],
      ],
    });
  });
  it('keeps steps shorter than a second apart', () => {
    expect(
      matrixColumns(
        [
          {
            metric: {},
            values: [
              [1.1, '1'],
              [1.3, '2'],
            ],
          },
        ],
        100,
      ).values,
    ).toEqual([[1, null, 2]]);
  });
  it('is empty without samples', () => expect(matrixColumns([{ metric: {}, values: [] }], 1000)).toEqual({ times: [], values: [[]] }));
});

describe('seriesName', () => {
  it('writes labels as a selector', () => expect(seriesName({ a: 'x"y' })).toBe('{a="x\\"y"}'));
  it('names a series without labels', () => expect(seriesName({})).toBe('value'));
});
