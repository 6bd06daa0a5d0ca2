import { describe, expect, it } from 'vitest';
import { parseDashboard } from '../model/dashboard';
import type { Json } from '../model/json';
import { ALL } from '../model/variable';
import sample from '../testing/sample.json';
import { withFilters, filterFromAddress, filterToAddress } from './adHoc';
import { datePattern, interpolate, namesIn } from './interpolate';
import type { DefaultFormat, Scope } from './interpolate';
import { roundInterval, stepFor, writeDuration } from './interval';
import { customOptions, filtered, sorted } from './options';
import { resolveVariables } from './resolveVariables';
import { builtInScope, scopeOf } from './scope';
import { lokiVariableQuery, prometheusVariableQuery, tempoVariableQuery } from './variableQuery';
import type { VariableQuery } from './variableQuery';

const scope: Scope = (name) =>
  ({
    one: { values: ['a.b'], texts: ['A'], multi: false },
    many: { values: ['a.b', 'c/d'], texts: ['A', 'C'], multi: true },
    solo: { values: ['a.b'], texts: ['A'], multi: true },
    all: { values: ['x', 'y'], texts: ['All'], multi: true, allValue: '.*' },
    when: { values: ['1594671549254'], texts: ['t'], multi: false },
    field: { values: ['v'], texts: ['v'], multi: false, fields: { 'labels.job': 'web' } },
  })[name];

describe('interpolate', () => {
  it.each<[string, DefaultFormat, string]>([
    ['x{a="$one"}', 'promql', 'x{a="a.b"}'],
    ['x{a=~"$many"}', 'promql', 'x{a=~"(a\\\\.b|c/d)"}'],
    ['x{a=~"$solo"}', 'promql', 'x{a=~"a\\\\.b"}'],
    ['x{a=~"$all"}', 'promql', 'x{a=~".*"}'],
    ['[[many:csv]] ${many:pipe} ${many:glob} ${solo:glob}', 'raw', 'a.b,c/d a.b|c/d {a.b,c/d} a.b'],
    ['${many:regex}', 'raw', '(a\\.b|c\\/d)'],
    ['${many:json} ${many:singlequote} ${many:doublequote} ${many:sqlstring}', 'raw', '["a.b","c/d"] \'a.b\',\'c/d\' "a.b","c/d" \'a.b\',\'c/d\''],
    ['${many:queryparam}&${all:queryparam}', 'raw', `var-many=a.b&var-many=c%2Fd&var-all=${encodeURIComponent(ALL)}`],
    ['${many:percentencode} ${many:distributed} ${many:join: }', 'raw', '%7Ba.b%2Cc%2Fd%7D a.b,many=c/d a.b c/d'],
    ['${many:text} and $all', 'text', 'A + C and All'],
    ['${when:date} ${when:date:seconds} ${when:date:YYYY-MM}', 'raw', '2020-07-13T20:19:09.254Z 1594671549 2020-07'],
    ['${field.labels.job}', 'raw', 'web'],
    ['$unknown ${unknown:csv} [[unknown]] $1 cost $', 'raw', '$unknown ${unknown:csv} [[unknown]] $1 cost $'],
    ['${many:neverheardof}', 'raw', '{a.b,c/d}'],
  ])('%s as %s', (text, otherwise, expected) => expect(interpolate(text, scope, otherwise)).toBe(expected));

  const odd: Scope = (name) => ({ q: { values: ['a"b\\c'], texts: [], multi: false }, m: { values: ['a"b\\c', "d'.e"], texts: [], multi: true }, n: { values: ['2\n'], texts: [], multi: false } })[name];
  it.each<[string, DefaultFormat, string]>([
    ['x{a="$q"}', 'promql', 'x{a="a\\"b\\\\c"}'],
    ["x{a='$q'}", 'promql', `x{a='a"b\\\\c'}`],
    ['{a=`$q`} |= "$q"', 'logql', '{a=`a"b\\c`} |= "a\\"b\\\\c"'],
    ['{ .a = "$q" }', 'traceql', '{ .a = "a\\"b\\\\c" }'],
    ['x{a=~"$m"}', 'promql', `x{a=~"(a\\"b\\\\\\\\c|d'\\\\.e)"}`],
    ["x{a=~'$m'}", 'promql', `x{a=~'(a"b\\\\\\\\c|d\\'\\\\.e)'}`],
    ['x{a=~`$m`}', 'promql', "x{a=~`(a\"b\\\\c|d'\\.e)`}"],
    ['{ .a =~ "$m" }', 'traceql', `{ .a =~ "(a\\"b\\\\\\\\c|d'\\\\.e)" }`],
    ['x # it\'s "\ny{a="$q"}', 'promql', 'x # it\'s "\ny{a="a\\"b\\\\c"}'],
    ['x{a="\\\\", b="$q"} $q', 'promql', 'x{a="\\\\", b="a\\"b\\\\c"} a"b\\c'],
    ['x{a="$n"}', 'promql', 'x{a="2\\n"}'],
    [`a = '$q' AND b IN ($m) AND c IN ('$m') AND "$q" > 0 -- it's $q`, 'sql', `a = 'a"b\\c' AND b IN ('a"b\\c','d''.e') AND c IN ('a"b\\c','d''.e') AND "a""b\\c" > 0 -- it's a"b\\c`],
  ])('escapes values within quotes: %s (%s)', (text, otherwise, expected) => expect(interpolate(text, odd, otherwise)).toBe(expected));


  const hostile: Scope = (name) => ({ evil: { values: ["') OR 1=1 --"], texts: [], multi: true }, one: { values: ["\\' OR 1=1 --"], texts: [], multi: false }, two: { values: ['a', "b'\\"], texts: [], multi: true }, end: { values: ["*/ x\ny 'z' $$ $t$"], texts: [], multi: false }, col: { values: ['c'], texts: [], multi: false } })[name];
  it.each([
    ["/* don't */ IN ('$evil')", "/* don't */ IN (''') OR 1=1 --')"],
    ["/* a /* don't */ ' */ IN ('$evil') IN ($evil)", "/* a /* don't */ ' */ IN (''') OR 1=1 --') IN (''') OR 1=1 --')"],
    ["E'it\\'s' || '$evil'", "E'it\\'s' || ''') OR 1=1 --'"],
    ["E'it''s \\' $one' || '$one'", "E'it''s \\' \\\\'' OR 1=1 --' || '\\'' OR 1=1 --'"],
    ["E'a'\n  'b\\' $one' || $evil", "E'a'\n  'b\\' \\\\'' OR 1=1 --' || ''') OR 1=1 --'"],
    ["IN (e'$two') IN ('$two') AND type'\\' || '$two'", "IN (e'a',E'b''\\\\') IN ('a','b''\\') AND type'\\' || 'a','b''\\'"],
    ["$$don't$$ || '$evil'", "$$don't$$ || ''') OR 1=1 --'"],
    ["$t$don't $$ $t$ || '$evil'", "$t$don't $$ $t$ || ''') OR 1=1 --'"],
    ['$$ $col $$ || $t$ ${end} $t$', "$$ c $$ || $t$ $t$||'*/ x\ny ''z'' $$ $t$'||$t$ $t$"],
    ["$col$col'$evil' = x$$'$evil'", "cc''') OR 1=1 --' = x$$''') OR 1=1 --'"],
    ['-- $end\n/* $end */ $col', "--    x y 'z' $$ $t$\n/*    x y 'z' $$ $t$ */ c"],
    ["-- don't\r'$evil' \"it's\" '$evil' 'it''s $evil'", "-- don't\r''') OR 1=1 --' \"it's\" ''') OR 1=1 --' 'it''s '') OR 1=1 --'"],
  ])('lets no value out of where it stands in SQL: %s', (text, expected) => expect(interpolate(text, hostile, 'sql')).toBe(expected));

  it('finds the names asked for', () => expect([...namesIn('$a ${b:csv} [[c]] ${d.text}')]).toEqual(['a', 'b', 'c', 'd']));
  it('writes dates by a pattern', () => expect(datePattern(new Date(Date.UTC(2026, 0, 5, 15, 4, 9)), 'dddd D MMM YYYY [at] hh:mm:ss A', true)).toBe('Monday 5 Jan 2026 at 03:04:09 PM'));
});

describe('steps', () => {
  it('rounds intervals', () => expect([13, 17_400, 40_000, 3_600_000].map(roundInterval)).toEqual([10, 15_000, 30_000, 3_600_000]));
  it('follows range and width, and never falls below the least', () => {
    expect(stepFor({ rangeMs: 3_600_000, maxDataPoints: 1000, least: '', intervalFactor: 1 })).toEqual({ stepMs: 15_000, interval: '15s', rateInterval: '1m' });
    expect(stepFor({ rangeMs: 86_400_000, maxDataPoints: 1000, least: '', intervalFactor: 1 })).toMatchObject({ interval: '1m', rateInterval: '1m15s' });
    expect(stepFor({ rangeMs: 3_600_000, maxDataPoints: 1000, least: '>2m', intervalFactor: 2 })).toEqual({ stepMs: 240_000, interval: '4m', rateInterval: '8m' });
  });
  it('asks for at most 11 000 points', () => expect(86_400_000 / stepFor({ rangeMs: 86_400_000, maxDataPoints: 1e6, least: '1s', intervalFactor: 1 }).stepMs).toBeLessThanOrEqual(11_000));
  it('writes durations', () => expect([90_000, 15, 86_400_000, 5_400_000].map(writeDuration)).toEqual(['1m30s', '15ms', '1d', '1h30m']));
});

describe('options', () => {
  it('reads custom lists', () => {
    expect(customOptions('a, b\\,c , Text : value')).toEqual([{ text: 'a', value: 'a' }, { text: 'b,c', value: 'b,c' }, { text: 'Text', value: 'value' }]);
    expect(customOptions('[{"text":"T","value":"v"}]')).toEqual([{ text: 'T', value: 'v' }]);
  });
  const of = (...values: string[]) => values.map((value) => ({ text: value, value }));
  it('keeps what matches and takes groups', () => {
    expect(filtered(of('{job="a"} 1 2', '{job="b"} 3 4', 'none'), '/job="(.*)"/')).toEqual(of('a', 'b'));
    expect(filtered(of('a-1', 'b-2'), '/(?<text>\\w)-(?<value>\\d)/')).toEqual([{ text: 'a', value: '1' }, { text: 'b', value: '2' }]);
    expect(filtered(of('abc', 'b'), 'a.*')).toEqual(of('abc'));
  });
  it('sorts', () => {
    expect(sorted(of('b10', 'b9', 'a'), 1).map((o) => o.value)).toEqual(['a', 'b10', 'b9']);
    expect(sorted(of('b10', 'b9', 'a'), 4).map((o) => o.value)).toEqual(['b10', 'b9', 'a']);
    expect(sorted(of('b10', 'b9', 'a'), 7).map((o) => o.value)).toEqual(['a', 'b9', 'b10']);
  });
});

describe('queries of variables', () => {
  it.each<[string, VariableQuery]>([
    ['label_values(job)', { kind: 'labelValues', match: '', label: 'job' }],
    ['label_values(up{a="x,y", b=~"(c|d)"}, job)', { kind: 'labelValues', match: 'up{a="x,y", b=~"(c|d)"}', label: 'job' }],
    ['label_names()', { kind: 'labelNames', match: '' }],
    ['metrics(node_.*)', { kind: 'metricNames', pattern: 'node_.*' }],
    ['query_result(count(up) by (job))', { kind: 'queryResult', query: 'count(up) by (job)' }],
    ['up{job="x"}', { kind: 'series', match: 'up{job="x"}' }],
  ])('%s', (text, query) => expect(prometheusVariableQuery(text)).toEqual(query));
  it('reads those of Loki and Tempo', () => {
    expect(lokiVariableQuery({ label: 'app', stream: '{job="x"}', type: 1 }, '')).toEqual({ kind: 'labelValues', match: '{job="x"}', label: 'app' });
    expect(tempoVariableQuery({ label: 'resource.service.name', type: 1 }, '')).toEqual({ kind: 'tempoTagValues', tag: 'resource.service.name' });
  });
});

describe('resolveVariables', () => {
  const parsed = parseDashboard(sample as unknown as Json);
  if ('error' in parsed) throw new Error(parsed.error);
  const { variables, sources } = parsed.dashboard;
  const builtIn = builtInScope({ startMs: 0, endMs: 3_600_000, dashboard: 'Sample' });
  const run = async (address: Record<string, string[]>, ask?: (query: VariableQuery) => string[]) => {
    const questions: VariableQuery[] = [];
    const resolved = await resolveVariables({
      variables, sources, builtIn, rangeMs: 3_600_000,
      fromAddress: (name) => address[name] ?? null,
      ask: async (_, query) => {
        questions.push(query);
        return (ask?.(query) ?? (query.kind === 'labelValues' && query.label === 'job' ? ['web', 'api'] : ['a:1', 'b:1'])).map((value) => ({ text: value, value }));
      },
    });
    return { byName: Object.fromEntries(resolved.map((one) => [one.variable.name, one])), questions, scope: scopeOf(resolved, {}, builtIn) };
  };

  it('asks for each after those that it names', async () => {
    const { byName, questions } = await run({ job: ['web'] });
    expect(questions[1]).toEqual({ kind: 'labelValues', match: 'up{job=~"web"}', label: 'instance' });
    expect(byName['job']!.options.map((option) => option.value)).toEqual(['api', 'web']);
    expect(byName['instance']!.choice.values).toEqual(['b:1']);
  });
  it('puts all options where all is chosen', async () => {
    const { scope: found, questions } = await run({});
    expect(interpolate('$job', found, 'promql')).toBe('(api|web)');
    expect(questions[1]).toMatchObject({ match: 'up{job=~"(api|web)"}' });
  });
  it('takes the first option where the one of the dashboard is gone', async () => {
    const { byName } = await run({}, (query) => (query.kind === 'labelValues' && query.label === 'job' ? ['web'] : ['z:9', 'y:8']));
    expect(byName['instance']!.choice.values).toEqual(['z:9']);
  });
  it('offers automatic intervals and keeps texts', async () => {
    const { byName } = await run({ res: ['auto'], word: ['typed'] });
    expect(byName['res']!.choice).toEqual({ values: ['5m'], texts: ['auto'] });
    expect(byName['word']!.choice.values).toEqual(['typed']);
  });
  it('says why there are no options and keeps what was chosen', async () => {
    const { byName } = await run({}, () => {
      throw new Error('no such metric');
    });
    expect(byName['instance']).toMatchObject({ error: 'no such metric', choice: { values: ['b:1'] } });
  });
  it('offers configured data sources beside the built-in one', async () => {
    const configured = [{ uid: 'st', name: 'Staging', kind: 'prometheus' as const, isDefault: false, timeInterval: '' }, { uid: 'x', name: 'Other', kind: 'loki' as const, isDefault: false, timeInterval: '' }];
    const asked: unknown[] = [];
    const run = async (address: Record<string, string[]>) => {
      const resolved = await resolveVariables({
        variables, sources: { ...sources, configured }, builtIn, rangeMs: 1, fromAddress: (name) => address[name] ?? null,
        ask: async (source, query) => {
          asked.push([source, query.kind]);
          return [];
        },
      });
      return resolved[0]!;
    };
    expect((await run({ ds: ['st'] })).choice).toEqual({ values: ['st'], texts: ['Staging'] });
    expect(asked[0]).toEqual([{ kind: 'prometheus', via: 'st' }, 'labelValues']);
    const other = await run({ ds: ['an-id-of-another-server'] });
    expect([other.choice.values, other.options.map((option) => option.text)]).toEqual([['prometheus'], ['Metrics (built in)', 'Staging']]);
  });
  it('does not wait for ever on a circle', async () => {
    const circle = variables.slice(1, 3).map((variable, i) => ({ ...variable, query: `label_values(x{a="$${i === 0 ? 'instance' : 'job'}"}, b)` }));
    const resolved = await resolveVariables({ variables: circle, sources, builtIn, rangeMs: 1, fromAddress: () => null, ask: async () => [{ text: 'v', value: 'v' }] });
    expect(resolved).toHaveLength(2);
  });
});

describe('ad hoc filters', () => {
  const filters = [{ key: 'job', operator: '=', value: 'we"b' }];
  it.each([
    ['up', 'up{job="we\\"b"}'],
    ['sum(rate(x{a="b"}[5m])) / y{}', 'sum(rate(x{a="b", job="we\\"b"}[5m])) / y{job="we\\"b"}'],
  ])('narrow %s', (query, narrowed) => expect(withFilters(query, filters, 'promql')).toBe(narrowed));
  it('narrow LogQL', () => expect(withFilters('{app="x"} |= "y"', filters, 'logql')).toBe('{app="x", job="we\\"b"} |= "y"'));
  it('go through the address', () => expect(filterFromAddress(filterToAddress({ key: 'a|b', operator: '=~', value: 'c,d' }))).toEqual([{ key: 'a|b', operator: '=~', value: 'c,d' }]));
});
