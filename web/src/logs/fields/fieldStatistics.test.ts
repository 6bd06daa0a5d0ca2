import { describe, expect, it } from 'vitest';
import type { LogRow } from '../query/lokiAnswer';
import { fieldStatistics, isWholeValue, MOST_LINES } from './fieldStatistics';

const row = (line: string, labels: Partial<Pick<LogRow, 'stream' | 'metadata' | 'parsed'>> = {}): LogRow => ({ unixNanos: '1', timestampMs: 0, line, stream: { app: 'a' }, metadata: {}, parsed: {}, level: 'info', ...labels });
const fieldOf = (rows: LogRow[], label: string) => fieldStatistics(rows).fields.find((field) => field.label === label);

describe('field statistics', () => {
  it('count the lines that have a field and the values it has, most frequent first', () => {
    const rows = [row('{"status":200,"req":{"method":"GET"}}'), row('{"status":500}'), row('{"status":200}'), row('plain text')];
    expect(fieldOf(rows, 'status')).toEqual({ place: 'json', label: 'status', name: 'status', lineCount: 3, valueCount: 2, hasMore: false, top: [{ value: '200', count: 2 }, { value: '500', count: 1 }] });
    expect(fieldOf(rows, 'req_method')).toMatchObject({ name: 'req.method', lineCount: 1 });
    expect(fieldOf(rows, 'app')).toMatchObject({ place: 'stream', lineCount: 4 });
  });

  it('stand in the order of what filters cheapest, then by how many lines have them', () => {
    const rows = [row('a=1 b=2', { metadata: { trace: 't' }, parsed: { x: '1' } }), row('b=2 c=3')];
    expect(fieldStatistics(rows).fields.map(({ place, label }) => `${place} ${label}`)).toEqual(['stream app', 'metadata trace', 'parsed x', 'logfmt b', 'logfmt a', 'logfmt c']);
  });

  it('count once what the query has parsed, and what a line holds twice', () => {
    expect(fieldStatistics([row('{"a":1}', { parsed: { a: '1' } })]).fields.filter(({ label }) => label === 'a')).toMatchObject([{ place: 'parsed', lineCount: 1 }]);
    expect(fieldOf([row('k=1 k=2')], 'k')).toMatchObject({ lineCount: 1, top: [{ value: '1' }] });
  });

  it('keep a field of the line apart from the stream label of its name', () => {
    const rows = [row('{"app":"inner"}'), row('{"app":"inner"}', { stream: { job: 'j' } }), row('app=inner b=1', { parsed: { app_extracted: 'inner' } })];
    const found = fieldStatistics(rows).fields.filter(({ name }) => name.startsWith('app')).map(({ place, label, name }) => [place, label, name]);
    expect(found).toEqual([['stream', 'app', 'app'], ['parsed', 'app_extracted', 'app_extracted'], ['json', 'app', 'app'], ['json', 'app_extracted', 'app']]);
  });

  it('are bounded in lines, values and their length', () => {
    const rows = Array.from({ length: MOST_LINES + 10 }, (_, i) => row(`id=${i} long=${'x'.repeat(2000)}`));
    const statistics = fieldStatistics(rows);
    expect(statistics.lineCount).toBe(MOST_LINES);
    expect(fieldOf(rows, 'id')).toMatchObject({ valueCount: 1000, hasMore: true, lineCount: MOST_LINES });
    expect(fieldOf(rows, 'id')!.top).toHaveLength(10);
    expect(isWholeValue(fieldOf(rows, 'long')!.top[0]!.value)).toBe(false);
  });

  it('are none of no lines', () => expect(fieldStatistics([])).toEqual({ fields: [], lineCount: 0 }));
});
