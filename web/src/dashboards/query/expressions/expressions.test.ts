import { describe, expect, it } from 'vitest';
import { fieldOf, frameOf } from '../../frames/frame';
import type { DataFrame } from '../../frames/frame';
import type { JsonObject } from '../../model/json';
import { evaluate } from './evaluate';
import type { Expression, Item } from './evaluate';
import { parseFormula, referencesOf } from './math';

const series = (refId: string, labels: Record<string, string>, values: (number | null)[]): DataFrame => frameOf(refId, [fieldOf('Time', 'time', values.map((_, i) => i * 1000)), fieldOf('Value', 'number', values, { labels })], { kind: 'series' });
const answers = new Map<string, DataFrame[]>([
  ['A', [series('A', { job: 'x' }, [1, 2, 3]), series('A', { job: 'y' }, [4, null, 6])]],
  ['B', [series('B', { job: 'x', pod: '1' }, [10, 20, 30])]],
  ['C', [series('C', {}, [2, 2, 2])]],
]);
const expression = (type: string, formula: string, raw: JsonObject = {}, refId = 'X', hidden = false): Expression => ({ refId, type, formula, raw, hidden });
const run = (...list: Expression[]) => {
  const { frames, problems } = evaluate(list, answers, { startMs: 0, endMs: 2000 });
  return { problems, made: frames.map((frame) => [frame.fields[1]!.labels, frame.fields[1]!.values]) };
};

const of = (labels: Record<string, string>, times: number[], values: number[]): Item => ({ labels, times, values });
const frameFor = ({ labels, times, values }: Item) => frameOf('Q', [fieldOf('Time', 'time', times!), fieldOf('Value', 'number', values, { labels })], { kind: 'series' });

describe('math', () => {
  it.each<[string, unknown]>([
    ['$C * 2 + 1', [[{}, [5, 5, 5]]]],
    ['2 ** 3 - -1', [[{}, [9]]]],
    ['$A / ${C}', [[{ job: 'x' }, [0.5, 1, 1.5]], [{ job: 'y' }, [2, null, 3]]]],
    ['$B - $A', [[{ job: 'x', pod: '1' }, [9, 18, 27]]]],
    ['$A > 2 && $A < 5', [[{ job: 'x' }, [0, 0, 1]], [{ job: 'y' }, [1, null, 0]]]],
    ['!($C == 2) || abs(-1) == 1', [[{}, [1, 1, 1]]]],
    ['is_nan($A)', [[{ job: 'x' }, [0, 0, 0]], [{ job: 'y' }, [0, 1, 0]]]],
    ['1 + 2 * 3 % 4', [[{}, [3]]]],
  ])('%s', (formula, made) => expect(run(expression('math', formula))).toEqual({ problems: [], made }));
  it.each<[string, Item[], Item[], unknown, string[]]>([
    ['joins one with one whatever their labels', [of({ job: 'x' }, [0, 1], [6, 8])], [of({ service: 'y' }, [0, 1], [2, 4])], [[{}, [3, 2]]], []],
    ['says that labels do not fit', [of({ job: 'x' }, [0], [6])], [of({ service: 'y' }, [0], [2]), of({ service: 'z' }, [0], [3])], [], ['Expression X: no result left of “/” has labels that fit those of one right of it.']],
    ['says that times never meet', [of({ job: 'x' }, [0, 10], [6, 8])], [of({ job: 'x' }, [5, 15], [2, 4])], [[{ job: 'x' }, []]], ['Expression X: the times left and right of “/” never meet; give both queries the same step, or resample them.']],
    ['says nothing where a side is empty', [of({ job: 'x' }, [0, 10], [6, 8])], [], [], []],
    ['says nothing where a series is empty', [of({ job: 'x' }, [0, 10], [6, 8])], [of({ job: 'x' }, [], [])], [[{ job: 'x' }, []]], []],
  ])('%s', (_, a, b, made, problems) => {
    const { frames, problems: told } = evaluate([expression('math', '$P / $Q')], new Map([['P', a.map(frameFor)], ['Q', b.map(frameFor)]]), { startMs: 0, endMs: 2000 });
    expect({ made: frames.map((frame) => [frame.fields[1]!.labels, frame.fields[1]!.values]), told }).toEqual({ made, told: problems });
  });
  it.each(['$A +', '1 2', 'nonsense($A)', '$A ) 1', '(1', '@', `${'('.repeat(200)}1`])('says why %s is no formula', (text) => expect(parseFormula(text)).toHaveProperty('error'));
  it('names what it needs', () => expect(referencesOf(parseFormula('$A + abs(${B}) - $A') as never)).toEqual(['A', 'B']));
});

describe('expressions', () => {
  it.each<[string, JsonObject, unknown]>([
    ['reduce', { reducer: 'mean' }, [[{ job: 'x' }, [2]], [{ job: 'y' }, [null]]]],
    ['reduce', { reducer: 'max', settings: { mode: 'dropNN' } }, [[{ job: 'x' }, [3]], [{ job: 'y' }, [6]]]],
    ['reduce', { reducer: 'sum', settings: { mode: 'replaceNN', replaceWithValue: 100 } }, [[{ job: 'x' }, [6]], [{ job: 'y' }, [110]]]],
    ['threshold', { conditions: [{ evaluator: { type: 'gt', params: [2] } }] }, [[{ job: 'x' }, [0, 0, 1]], [{ job: 'y' }, [1, null, 1]]]],
    ['threshold', { conditions: [{ evaluator: { type: 'within_range', params: [1, 3] } }] }, [[{ job: 'x' }, [0, 1, 0]], [{ job: 'y' }, [0, null, 0]]]],
    ['resample', { window: '500ms', upsampler: 'pad' }, [[{ job: 'x' }, [1, 1, 2, 2, 3]], [{ job: 'y' }, [4, 4, 4, 4, 6]]]],
    ['resample', { window: '2s', downsampler: 'sum' }, [[{ job: 'x' }, [1, 5]], [{ job: 'y' }, [4, 6]]]],
  ])('%s %o', (type, raw, made) => expect(run(expression(type, 'A', raw))).toEqual({ problems: [], made }));
  it('use those before them, and show those that are not hidden', () => {
    expect(run(expression('reduce', '$C', { reducer: 'sum' }, 'R', true), expression('math', '$R * 10', {}, 'M')).made).toEqual([[{}, [60]]]);
  });
  it('say what is missing or not supported', () => {
    expect(run(expression('math', '$Z + 1'), expression('classic_conditions', 'A'), expression('reduce', 'A', { reducer: 'stddev' })).problems).toEqual([
      'Expression X: it needs Z, which is not there or comes later.', 'Expression X: its kind classic_conditions is not supported.', 'Expression X: the reducer stddev is not supported.',
    ]);
  });
});
