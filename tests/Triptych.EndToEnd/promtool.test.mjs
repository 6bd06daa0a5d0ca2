// Debian's newest promtool against the server: it asks, checks and pushes.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promAsk } from './harness/ask.mjs';
import { newFolder, runToEnd } from './harness/processes.mjs';
import { remoteWrite } from './harness/remotewrite.mjs';
import { Server } from './harness/server.mjs';

const command = process.env.TRIPTYCH_TEST_PROMTOOL || 'promtool';
const server = await Server.create('promtool', { host: { enabled: false }, scrape_self: false });

describe('promtool', { timeout: 120_000 }, () => {
  const start = Math.floor(Date.now() / 1000) - 300;
  const ours = () => server.url('prometheus');
  const promtool = (...args) => runToEnd(command, args, { seconds: 30 });
  // Both its outputs, however it ends.
  const both = (args) => runToEnd('sh', ['-c', `"${command}" ${args} 2>&1; true`], { seconds: 30 });
  const knows = async (text) => (await promtool('--help')).includes(text);

  before(async () => {
    await server.start();
    const series = (name, labels, values) => ({ labels: { __name__: name, job: 'app', ...labels }, samples: values.map((value, i) => [(start + i * 15) * 1000, value]) });
    await remoteWrite(ours(), [
      series('tool_total', { code: '200' }, Array.from({ length: 21 }, (_, i) => i * 3)),
      series('tool_total', { code: '500' }, Array.from({ length: 21 }, () => 1)),
      { labels: { __name__: 'tool_seconds', job: 'app' }, histograms: Array.from({ length: 10 }, (_, i) => [(start + i * 15) * 1000, { schema: 0, sum: i, buckets: new Map([[0, i], [1, 2 * i]]) }]) },
    ]);
  });
  after(() => server.kill());

  it('queries an instant, a range, series and labels', async () => {
    const time = start + 300;
    assert.equal(await promtool('query', 'instant', `--time=${time}`, ours(), 'tool_total{code="200"}'), `tool_total{code="200", job="app"} => 60 @[${time}]\n`);
    const tellsHistograms = await knows('query analyze');
    if (tellsHistograms) assert.match(await promtool('query', 'instant', `--time=${start + 120}`, ours(), 'tool_seconds'), /tool_seconds\{job="app"\} => .*Count: 24\.0*, Sum: 8\.0*, Buckets: \[\(0\.5,1\]:8 \(1,2\]:16\]/);
    const range = await promtool('query', 'range', `--start=${start}`, `--end=${time}`, '--step=60s', ours(), 'sum by (code) (tool_total)');
    assert.ok(range.includes(`{code="200"} =>\n${[0, 12, 24, 36, 48, 60].map((value, i) => `${value} @[${start + i * 60}]\n`).join('')}`), range);
    const found = await promtool('query', 'series', `--match=tool_total`, `--start=${start}`, `--end=${time}`, ours());
    assert.deepEqual(found.trim().split('\n').sort(), ['{__name__="tool_total", code="200", job="app"}', '{__name__="tool_total", code="500", job="app"}']);
    assert.deepEqual((await promtool('query', 'labels', ours(), 'code')).trim().split('\n'), ['200', '500']);
    await assert.rejects(promtool('query', 'instant', ours(), 'sum('), /bad_data.*parse error/s);
  });

  it('finds nothing wrong with what the server tells of itself', async () => {
    const metrics = join(newFolder('promtool'), 'metrics');
    writeFileSync(metrics, await (await fetch(`${ours()}/metrics`)).text());
    const found = await both(`check metrics <"${metrics}"`);

    // Instruments of the .NET runtime keep the names that they have everywhere.
    const told = found.trim().split('\n').filter((line) => line && !/^dotnet_\w+_count .*should not have "_count" suffix$/.test(line));
    assert.deepEqual(told, []);
  });

  it('finds the server healthy and ready', async (t) => {
    if (!(await knows('check healthy'))) return t.skip('this release of promtool does not ask for health');
    assert.match(await both(`check healthy --url=${ours()}`), /SUCCESS: /);
    assert.match(await both(`check ready --url=${ours()}`), /SUCCESS: /);
  });

  it('analyzes how a histogram uses its buckets', async (t) => {
    if (!(await knows('query analyze'))) return t.skip('this release of promtool does not analyze');
    const out = await promtool('query', 'analyze', `--server=${ours()}`, '--type=histogram', '--match=tool_seconds', '--duration=10m', `--time=${start + 300}`);
    assert.match(out, /tool_seconds|bucket/i);
  });

  it('pushes metrics', async (t) => {
    if (!(await knows('push metrics'))) return t.skip('this release of promtool does not push');
    const file = join(newFolder('promtool-push'), 'pushed.prom');
    writeFileSync(file, '# HELP pushed_total What was pushed.\n# TYPE pushed_total counter\npushed_total{kind="a"} 7\npushed_total{kind="b"} 8\n');
    assert.match(await promtool('push', 'metrics', '--label=job=pushed', `${ours()}/api/v1/write`, file), /SUCCESS/);
    const { data } = await promAsk(ours(), '/api/v1/query', { query: 'pushed_total' });
    assert.deepEqual(data.result.map(({ metric, value }) => [metric.kind, metric.job, value[1]]).sort(), [['a', 'pushed', '7'], ['b', 'pushed', '8']]);
  });
});
