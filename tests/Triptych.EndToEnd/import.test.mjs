// A data directory that a real Prometheus wrote: blocks, head, samples out of order, deletions, native histograms, exemplars. Imported, all answers are the same.
// PROMETHEUS names another binary than Debian's.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { get, promQuery } from './harness/ask.mjs';
import { Child, freePorts, newFolder, runToEnd } from './harness/processes.mjs';
import { remoteWrite } from './harness/remotewrite.mjs';
import { binary, Server } from './harness/server.mjs';
import { waitFor } from './harness/wait.mjs';

const prometheusBinary = process.env.PROMETHEUS ?? 'prometheus';
const STALE = 0x7ff0000000000002n;
const HOUR = 3_600_000;
const now = Math.floor(Date.now() / 60_000) * 60_000;

const runImport = (server, from, ...more) => {
  const { status, stdout, stderr } = spawnSync(binary, ['import', 'prometheus', '--from', from, '--config', server.configFile, ...more], { encoding: 'utf8', timeout: 300_000 });
  return { status, text: `${stdout}\n${stderr}` };
};

describe('import of what prometheus stored', { timeout: 900_000 }, () => {
  const folder = newFolder('import');
  const data = join(folder, 'data');
  let server;
  let prometheus;
  let peer;
  const expected = {};
  const time = now / 1000;
  const queries = {
    samples: '{__name__=~"imp_.+"}[5d]',
    rate: 'sum by (job) (rate(imp_total[1807s]))',
    range: '{__name__=~"imp_.+"}',
    // Prometheus 2 and 3 differ in quantiles of native histograms, and in whether a range has its first moment: so none falls on a sample.
    histograms: 'histogram_count(rate(imp_native[10m]))',
  };

  const native = (counts, sum) => ({ schema: 0, sum, zeroThreshold: 1e-128, buckets: new Map(counts.map((count, i) => [i + 1, count])) });
  const startPrometheus = async () => {
    const [port] = await freePorts(1);
    peer = `http://127.0.0.1:${port}`;
    prometheus = new Child(prometheusBinary, [
      `--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${data}`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn', '--web.enable-admin-api',
      '--web.enable-remote-write-receiver', '--enable-feature=native-histograms,exemplar-storage', '--storage.tsdb.retention.time=30d',
    ]);
    await waitFor(`prometheus to be ready (${prometheus.output().slice(-500)})`, 120, async () => {
      if (prometheus.ended) throw new Error(`it ended: ${prometheus.ended.error?.message ?? prometheus.output().slice(-1000)}; apt-get install -y prometheus`);
      return (await fetch(`${peer}/-/ready`)).ok;
    });
  };

  const inOrder = (result) =>
    [...result]
      .map((series) => [JSON.stringify(Object.entries(series.metric).sort()), series.values ?? series.value, series.histograms ?? series.histogram])
      .sort((a, b) => (a[0] < b[0] ? -1 : 1));
  const ask = async (base, name) => {
    if (name === 'range' || name === 'histograms') {
      return inOrder((await get(base, '/api/v1/query_range', { query: queries[name], start: time - 4 * 86_400 + 7, end: time, step: 600 })).data.result);
    }
    return inOrder((await get(base, '/api/v1/query', { query: queries[name], time })).data.result);
  };
  const exemplarsOf = async (base) => (await get(base, '/api/v1/query_exemplars', { query: 'imp_total', start: time - 86_400, end: time })).data;

  before(async () => {
    server = await Server.create('import-target', { host: { enabled: false }, scrape_self: false });
    mkdirSync(data);
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify({ global: { scrape_interval: '1h' }, storage: { tsdb: { out_of_order_time_window: '3h' }, exemplars: { max_exemplars: 1000 } } }));

    // Blocks from three days ago, made offline.
    const lines = ['# TYPE imp_old gauge'];
    for (let host = 0; host < 20; host++) {
      for (let minute = 0; minute < 600; minute++) lines.push(`imp_old{host="h${host}",zone="é${host % 3}"} ${host + minute * 0.1} ${(now - 72 * HOUR) / 1000 + minute * 60}`);
    }
    writeFileSync(join(folder, 'old.om'), `${lines.join('\n')}\n# EOF\n`);
    await runToEnd('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'old.om'), data], { seconds: 180 });
    assert.ok(readdirSync(data).length > 3);

    // A head with everything that goes into it, late samples too.
    await startPrometheus();
    const series = [];
    for (let job = 0; job < 30; job++) {
      const samples = Array.from({ length: 90 }, (_, i) => [now - 90 * 60_000 + i * 60_000, job * 1000 + i * (job + 0.5)]);
      if (job % 5 === 0) samples.push([now - 30_000, STALE]);
      series.push({ labels: { __name__: 'imp_total', job: `j${job}`, A: 'before the name' }, samples, exemplars: [{ labels: { trace_id: `t${job}` }, value: job, timestampMs: now - 60_000 }] });
    }
    series.push({ labels: { __name__: 'imp_special' }, samples: [[now - 9000, Number.NaN], [now - 8000, Infinity], [now - 7000, -0], [now - 6000, 5e-324]] });
    series.push({ labels: { __name__: 'imp_native', job: 'j0' }, histograms: Array.from({ length: 60 }, (_, i) => [now - 60 * 60_000 + i * 60_000, native(i < 30 ? [i, 2 * i, i] : [i - 30, i, 1], i * 1.5)]) });
    await remoteWrite(peer, series);
    const late = Array.from({ length: 30 }, (_, i) => [now - 80 * 60_000 + i * 60_000 + 30_000, i]);
    await remoteWrite(peer, [{ labels: { __name__: 'imp_total', job: 'j1', A: 'before the name' }, samples: late }]);

    // Deletions in a block and in the head.
    for (const match of ['imp_old{host="h3"}', 'imp_total{job="j2"}']) {
      const response = await fetch(`${peer}/api/v1/admin/tsdb/delete_series?${new URLSearchParams({ 'match[]': match, start: match.includes('old') ? `${time - 70 * 3600}` : `${time - 3600}`, end: `${time}` })}`, { method: 'POST' });
      assert.equal(response.status, 204);
    }
    for (const name of Object.keys(queries)) expected[name] = await ask(peer, name);
    expected.exemplars = await exemplarsOf(peer);
    assert.equal(expected.samples.length, 20 + 30 + 2);
  });
  after(async () => {
    await server?.kill();
    await prometheus?.end('SIGKILL', 10);
  });

  it('is refused while prometheus runs', () => {
    const { status, text } = runImport(server, data);
    assert.equal(status, 1);
    assert.match(text, /a Prometheus is running on .*snapshot/);
  });

  it('answers every query as prometheus did', async () => {
    await prometheus.end('SIGKILL', 10);
    const before = listing(data);
    const first = runImport(server, data);
    assert.equal(first.status, 0, first.text);
    assert.match(first.text, /head: 3[0-9] series, .* exemplars, .* and equal/);
    assert.deepEqual(listing(data), before, 'nothing in the source is changed');
    const second = runImport(server, data);
    assert.equal(second.status, 0, second.text);
    assert.match(second.text, /imported 0 samples/);

    await server.start(120);
    for (const name of Object.keys(queries)) {
      const found = await ask(server.url('prometheus'), name);
      assert.equal(found.length, expected[name].length, `${name}: ${first.text}`);
      for (let i = 0; i < found.length; i++) near(found[i], expected[name][i], `${name} ${expected[name][i][0]}`, name === 'samples' || name === 'range');
    }
    const exemplars = await exemplarsOf(server.url('prometheus'));
    const flat = (list) => list.flatMap((s) => s.exemplars.map((e) => `${s.seriesLabels.job} ${e.labels.trace_id} ${e.value} ${e.timestamp}`)).sort();
    assert.deepEqual(flat(exemplars), flat(expected.exemplars));
    assert.equal(flat(exemplars).length, 30);
    await server.stop();
  });

  it('imports what is selected to another tenant, and again without doubling anything', async () => {
    const other = await Server.create('import-other', { host: { enabled: false }, scrape_self: false });
    for (const more of [[], ['--again']]) {
      const { status, text } = runImport(other, data, '--match', 'imp_old{host=~"h[12]"}', '--to-time', String(time - 70 * 3600), ...more);
      assert.equal(status, 0, text);
      assert.match(text, /imported 242 samples/);
    }
    await other.start(120);
    try {
      const [count] = await promQuery(other, 'sum(count_over_time({__name__=~".+"}[5d]))', time);
      assert.equal(count.value[1], '242');
    } finally {
      await other.kill();
    }
  });

  it('names damage and imports everything else', async () => {
    const copy = join(folder, 'damaged');
    cpSync(data, copy, { recursive: true });
    const block = readdirSync(copy).find((name) => /^[0-9A-Z]{26}$/.test(name));
    const file = join(copy, block, 'chunks', '000001');
    const bytes = readFileSync(file);
    bytes[40] ^= 1;
    writeFileSync(file, bytes);
    const target = await Server.create('import-damaged', { host: { enabled: false }, scrape_self: false });
    const { status, text } = runImport(target, copy);
    assert.equal(status, 1);
    assert.match(text, new RegExp(`damaged: ${file} at byte [0-9]+: the checksum of a chunk does not match`));
    assert.match(text, /block .*: 20 series|block .*: 19 series/);
    await target.start(120);
    try {
      const [count] = await promQuery(target, 'count(count_over_time(imp_total[5d]))', time);
      assert.equal(count.value[1], '30');
    } finally {
      await target.kill();
    }
  });
});

function listing(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
    .map((path) => [path, readFileSync(path).length]);
}

/** Deep equality; numbers that were computed within 1e-9 of each other. */
function near(found, expected, what, isExact) {
  if (isExact) return assert.deepEqual(found, expected, what);
  const [a, b] = [found, expected].map((value) => JSON.stringify(value).match(/-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?|[^0-9-]+|-/g));
  assert.equal(a.length, b.length, what);
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue;
    assert.ok(Math.abs(Number(a[i]) - Number(b[i])) <= 1e-9 * Math.abs(Number(b[i])), `${what}: ${a[i]} and not ${b[i]}`);
  }
}
