import { describe, expect, it } from 'vitest';
import type { SourcesStatus } from '../api/triptych';
import { sourceRows } from '../data/sourceRows';
import { statusOf } from '../testing/status';
import { hasArrived, snippetsFor } from './connect/snippets';
import { fullestDisks } from './host/disks';
import { problemsIn } from './verdict/problems';

const NOW = 1_795_264_000_000;
const quiet = { arrivals: [], up: [], services: [], disks: [] };
const texts = (status: SourcesStatus, more: Partial<Parameters<typeof problemsIn>[0]> = {}) => problemsIn({ ...quiet, status, ...more }, NOW).map((one) => one.text.replace(/[\u00a0\u202f]/g, ' '));

describe('problemsIn', () => {
  it('has nothing to say when all is well, nor of signals that never came', () => {
    expect(texts(statusOf({ metrics: [{ protocol: 'scrape', acceptedTotal: 5, lastReceivedUnixMs: NOW - 1000 }] }))).toEqual([]);
  });

  it('names targets that are down', () => {
    const up = [{ metric: { instance: 'a:1' }, value: [0, '0'] as [number, string] }, { metric: { instance: 'b:1' }, value: [0, '1'] as [number, string] }];
    expect(texts(statusOf({}), { up })).toEqual(['1 of 2 scrape targets does not answer: a:1']);
  });

  it('notices a signal that stopped', () => {
    expect(texts(statusOf({ logs: [{ protocol: 'tail', acceptedTotal: 5, lastReceivedUnixMs: NOW - 600_000 }] }))).toEqual(['Logs stopped: the last line came 10 min ago']);
  });

  it('counts what was refused since the page was opened, not before', () => {
    const point = (refused: number) => ({ atMs: 0, perSecond: { metrics: 0, logs: 0, traces: 0 }, refusedTotal: { metrics: 1000, logs: 0, traces: refused } });
    expect(texts(statusOf({}), { arrivals: [point(7), point(8)] })).toEqual(['1 span refused in the last minutes']);
  });

  it('puts the bad before the worrying', () => {
    const disks = [{ key: 'd', name: '/', title: '', used: 0.9, state: 'warn' as const }];
    const services = [{ name: 'calm', errorShare: 0.01 }, { name: 'lines only', errorShare: null }, { name: 'shop', errorShare: 0.5 }];
    expect(texts(statusOf({}), { disks, services })).toEqual(['shop: 50 % of its requests fail', '/ is filling up: 90 % used']);
  });
});

describe('fullestDisks', () => {
  const disk = (mountpoint: string, device: string, used: string, fstype = 'ext4') => ({ metric: { instance: 'h', mountpoint, device, fstype }, value: [0, used] as [number, string] });
  const found = (...result: ReturnType<typeof disk>[]) => fullestDisks({ resultType: 'vector', result });

  it('sorts the fullest first and says which fill up', () => {
    expect(found(disk('/', 'a', '0.5'), disk('/x', 'b', '0.96'), disk('/y', 'c', '0.9')).map((one) => [one.name, one.state])).toEqual([['/x', 'bad'], ['/y', 'warn'], ['/', 'good']]);
  });
  it('shows a device once, by its shortest path', () => expect(found(disk('/var/lib/docker', 'a', '0.5'), disk('/', 'a', '0.5')).map((one) => one.name)).toEqual(['/']));
  it('leaves out what is no disk, and what has no value', () => expect(found(disk('/run', 't', '0.99', 'tmpfs'), disk('/z', 'z', 'NaN'))).toEqual([]));
});

describe('snippets', () => {
  it('name the host that the page was reached by, and the port that listens', () => {
    expect(snippetsFor('shop.example', undefined)[0]!.code).toContain('http://shop.example:4318');
    const listeners = [
      { port: 14_317, purpose: 'OTLP over gRPC (and HTTP)' },
      { port: 14_318, purpose: 'OTLP over HTTP (and gRPC)' },
      { port: 19_090, purpose: 'Prometheus API, remote write' },
      { port: 13_100, purpose: 'Loki API, push' },
    ];
    const code = Object.fromEntries(snippetsFor('localhost', { ...statusOf({}), listeners }).map((snippet) => [snippet.key, snippet.code]));
    expect(code['otel']).toContain('http://localhost:14318\n');
    expect(code['remote_write']).toContain('http://localhost:19090/api/v1/write');
    expect(code['loki']).toContain('http://localhost:13100/loki/api/v1/push');
  });

  it('turn green by what came over their own protocols only', () => {
    const [otel, scrape, , tail] = snippetsFor('localhost', undefined);
    const status = statusOf({ logs: [{ protocol: 'otlp_http', acceptedTotal: 1, lastReceivedUnixMs: NOW }], metrics: [{ protocol: 'host', acceptedTotal: 99, lastReceivedUnixMs: NOW }, { protocol: 'scrape', acceptedTotal: 0, lastReceivedUnixMs: null }] });
    expect([otel!, scrape!, tail!].map((snippet) => hasArrived(snippet, status))).toEqual([true, false, false]);
    expect(hasArrived(otel!, undefined)).toBe(false);
  });
});

describe('sourceRows', () => {
  it('tells what arrives from what went quiet, busiest first', () => {
    const status = statusOf({
      metrics: [
        { protocol: 'scrape', acceptedTotal: 1, refusedTotal: 1, lastReceivedUnixMs: NOW },
        { protocol: 'otlp_grpc', acceptedTotal: 9, lastReceivedUnixMs: NOW - 600_000 },
        { protocol: 'remote_write', acceptedTotal: 0, refusedTotal: 4, lastReceivedUnixMs: null },
      ],
    });
    const rows = sourceRows(status, NOW)[0]!.rows;
    expect(rows.map((row) => [row.protocol, row.state, row.refusedShare])).toEqual([['otlp_grpc', 'quiet', 0], ['scrape', 'arriving', 0.5], ['remote_write', 'never', 1]]);
  });
});
