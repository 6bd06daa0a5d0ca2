import { parser } from '@grafana/lezer-logql';
import { describe, expect, it } from 'vitest';
import { EMPTY_LOGS, LOG_OVER, PARSERS, readLogql, writeLogql } from './logqlModel';
import type { LogsModel, Stage } from './logqlModel';

const APP = [{ label: 'app', op: '=' as const, value: 'shop' }];
const line = (op: '|=' | '!=' | '|~' | '!~', text: string): Stage => ({ kind: 'line', op, text });

describe('writing LogQL', () => {
  it.each<[string, Partial<LogsModel>]>([
    ['', {}],
    ['{app="shop"}', { matchers: APP }],
    ['{app="shop", host!~"a.*"} |= "error" !~ "debug|trace"', { matchers: [...APP, { label: 'host', op: '!~', value: 'a.*' }], stages: [line('|=', 'error'), line('!~', 'debug|trace')] }],
    ['{app="shop"} | json | level="error" | duration > 5s | size == 10KB', { matchers: APP, stages: [{ kind: 'parser', parser: 'json', pattern: '' }, { kind: 'label', label: 'level', op: '=', value: 'error' }, { kind: 'label', label: 'duration', op: '>', value: '5s' }, { kind: 'label', label: 'size', op: '==', value: '10KB' }] }],
    ['{app="shop"} | pattern "<ip> - <_>" | ip!=""', { matchers: APP, stages: [{ kind: 'parser', parser: 'pattern', pattern: '<ip> - <_>' }, { kind: 'label', label: 'ip', op: '!=', value: '' }] }],
    ['rate({app="shop"} |= "x" [5m])', { matchers: APP, stages: [line('|=', 'x')], over: 'rate', window: '5m' }],
    ['sum by (level) (count_over_time({app="shop"} | logfmt [1m]))', { matchers: APP, stages: [{ kind: 'parser', parser: 'logfmt', pattern: '' }], over: 'count_over_time', aggregation: { aggregate: 'sum', grouping: 'by', labels: ['level'], count: '5' } }],
    ['topk(3, bytes_rate({app="shop"} [1m]))', { matchers: APP, over: 'bytes_rate', aggregation: { aggregate: 'topk', grouping: 'by', labels: [], count: '3' } }],
  ])('%s, and back', (query, model) => {
    expect(writeLogql({ ...EMPTY_LOGS, ...model })).toBe(query);
    expect(readLogql(query)).toEqual({ ...EMPTY_LOGS, ...model });
  });

  it('leaves out what is not whole yet', () => {
    const stages: Stage[] = [line('|=', ''), { kind: 'parser', parser: 'regexp', pattern: '' }, { kind: 'label', label: '', op: '=', value: 'a' }, { kind: 'label', label: 'n', op: '>', value: 'many' }];
    expect(writeLogql({ ...EMPTY_LOGS, matchers: [...APP, { label: '', op: '=', value: '' }], stages })).toBe('{app="shop"}');
  });

  it('escapes texts so that they stay texts', () => {
    for (const text of ['a"b', '\\d+', '" | json | "', 'x\ny', '`', 'ä☃']) {
      const query = writeLogql({ ...EMPTY_LOGS, matchers: [{ label: 'a', op: '=', value: text }], stages: [line('|=', text), { kind: 'label', label: 'b', op: '=', value: text }] });
      expect(errorsIn(query), query).toBe(0);
      expect(readLogql(query)).toMatchObject({ matchers: [{ value: text }], stages: [{ text }, { value: text }] });
    }
  });
});

describe('reading LogQL', () => {
  it.each([
    ['{ app = `shop` , } |~ `\\d+`', '{app="shop"} |~ "\\\\d+"'],
    ['sum(rate({app="shop"}[5m])) by (app)', 'sum by (app) (rate({app="shop"} [5m]))'],
    ['{a="b"} | json="x"', '{a="b"} | json="x"'],
    ['{a="b"} | json != "x"', '{a="b"} | json != "x"'],
  ])('%s', (query, again) => {
    const model = readLogql(query);
    expect(model === null ? null : writeLogql(model)).toBe(again);
  });

  it.each(['{a="b"} |= "x" or "y"', '{a="b"} | json x="y"', '{a="b"} | a="b" or c="d"', '{a="b"} | a="b", c="d"', '{a="b"} | line_format "x"', '{a="b"} | json | unwrap x', 'quantile_over_time(0.9, {a="b"} | unwrap x [5m])', 'rate({a="b"}[5m]) > 1', 'rate({a="b"}[5m] offset 1h)', 'sum(rate({a="b"}[5m])) / 2', '{a="b"} |= ip("1.1.1.1")', '{a="b"} |= ""', '{a="b"} | drop a', '{a="b"} | decolorize', '{}', '{a="b"', 'error', '{a="b"} # why', '{a="b"} | n > -5'])(
    'leaves %s to the editor',
    (query) => expect(readLogql(query)).toBeNull(),
  );
});

describe('both ways', () => {
  it('keep every model', () => {
    let seed = 11;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const pick = <T,>(from: readonly T[]): T => from[random(from.length)]!;
    const texts = ['a', 'a"b', '\\', '}', 'a\nb', '<a> <_>'];
    const stage = (): Stage => {
      if (random(3) === 0) return line(pick(['|=', '!=', '|~', '!~']), pick(texts));
      const parserName = pick(PARSERS);
      if (random(2) === 0) return { kind: 'parser', parser: parserName, pattern: parserName === 'pattern' || parserName === 'regexp' ? pick(texts) : '' };
      return random(2) === 0 ? { kind: 'label', label: pick(['level', 'by', 'rate']), op: pick(['=', '!=', '=~', '!~']), value: pick(texts) } : { kind: 'label', label: 'status', op: pick(['==', '>', '>=', '<', '<=']), value: pick(['5', '1.5', '10s', '3KB']) };
    };
    for (let round = 0; round < 500; round++) {
      const over = pick(LOG_OVER).name;
      const aggregate = over === '' ? '' : pick(['', 'sum', 'topk']);
      const model: LogsModel = {
        matchers: [{ label: pick(['app', 'by', 'sum']), op: pick(['=', '=~']), value: pick(texts) }],
        stages: Array.from({ length: random(4) }, stage),
        over,
        window: over === '' ? '1m' : pick(['5m', '1h30m']),
        aggregation: aggregate === '' ? EMPTY_LOGS.aggregation : { aggregate, grouping: pick(['by', 'without']), labels: pick([[], ['app', 'b']]), count: aggregate === 'topk' ? '2' : '5' },
      };
      expect(readLogql(writeLogql(model)), writeLogql(model)).toEqual(model);
    }
  });
});

/** Places that the grammar does not understand. */
function errorsIn(query: string): number {
  let errors = 0;
  parser.parse(query).iterate({ enter: (node) => void (node.type.isError && errors++) });
  return errors;
}
