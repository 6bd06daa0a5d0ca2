// A Prometheus that scrapes ours through /federate has what ours has: in text, and in protobuf with native histograms.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { difference } from './differential/compare.mjs';
import { dialectOf } from './differential/dialect.mjs';
import { promAsk } from './harness/ask.mjs';
import { newestPrometheus, Prometheus } from './harness/prometheus.mjs';
import { remoteWrite } from './harness/remotewrite.mjs';
import { Server } from './harness/server.mjs';
import { waitFor } from './harness/wait.mjs';

const dialect = dialectOf(Prometheus.versionOf(newestPrometheus()));
const server = await Server.create('federation', { host: { enabled: false }, scrape_self: false });

describe(`federation by Prometheus ${dialect.version}`, { timeout: 300_000 }, () => {
  let now;
  const peers = [];

  before(async () => {
    await server.start();
    now = Date.now();
    const labels = (name, more = {}) => ({ __name__: name, job: 'app', instance: 'a:1', ...more });
    const series = [
      ...Array.from({ length: 300 }, (_, i) => ({ labels: labels('fed_value', { i: String(i) }), samples: [[now, [0.1, -0, NaN, Infinity, 1e300, i][i % 6]]] })),
      { labels: { __name__: 'fed_alone', job: 'app' }, samples: [[now, 1]] },
      ...(dialect.native ? [{ labels: labels('fed.dotted', { 'a.b': 'q"\\\n' }), samples: [[now, 2]] }] : []),
      { labels: labels('fed_native'), histograms: [[now, { schema: 3, sum: 5.5, zeroThreshold: 0.001, zeroCount: 2, buckets: new Map([[-3, 1], [0, 4], [1, 2]]), negative: new Map([[2, 3]]) }]] },
      { labels: labels('fed_native', { i: 'gauge' }), histograms: [[now, { schema: 0, sum: -1, isGauge: true, isFloat: true, buckets: new Map([[5, 1.5]]) }]] },
    ];
    await remoteWrite(server.url('prometheus'), series);
  });
  after(async () => {
    await Promise.all([...peers.map((peer) => peer.stop()), server.kill()]);
  });

  const federate = async (name, flags) => {
    const job = { job_name: 'federate', honor_labels: true, metrics_path: '/federate', params: { 'match[]': ['{__name__=~"fed.*"}'] }, scrape_interval: '1s', static_configs: [{ targets: [new URL(server.url('prometheus')).host] }] };
    const peer = await Prometheus.start(name, { config: { scrape_configs: [job] }, flags });
    peers.push(peer);
    await waitFor('the first scrape', 60, async () => (await promAsk(peer.url, '/api/v1/query', { query: 'count(fed_value)' })).data.result[0]?.value[1] === '300');
    const up = await promAsk(peer.url, '/api/v1/query', { query: 'up{job="federate"}' });
    assert.equal(up.data.result[0].value[1], '1');
    return peer;
  };
  const compare = async (peer, query) => {
    const [theirs, ours] = await Promise.all([peer.url, server.url('prometheus')].map((url) => promAsk(url, '/api/v1/query', { query, time: now / 1000 })));
    assert.ok(theirs.data.result.length > 0, JSON.stringify(theirs));
    assert.equal(difference(theirs, ours, { ...dialect, query }), null);
  };

  it('in text has every float', async () => {
    const peer = await federate('federation-text', []);
    await compare(peer, '{__name__=~"fed_(value|alone)"}[1m]');
    if (dialect.native) await compare(peer, '{"fed.dotted"}[1m]');
    assert.deepEqual((await promAsk(peer.url, '/api/v1/query', { query: 'fed_native' })).data.result, []);
  });

  it('in protobuf has native histograms too', { skip: dialect.native ? false : 'this Prometheus knows no native histograms' }, async () => {
    const peer = await federate('federation-protobuf', ['--enable-feature=native-histograms']);
    await compare(peer, '{__name__=~"fed.*"}[1m]');
    await compare(peer, 'histogram_quantile(0.5, fed_native)');
  });
});
