// The same data and the same generated queries to a real Prometheus and to ours: the answers must be equal. 300 queries of a fixed seed;
// 2000 with TRIPTYCH_TEST_LONG. TRIPTYCH_TEST_SEED takes any other seed, TRIPTYCH_TEST_QUERIES any other number.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { difference } from './differential/compare.mjs';
import { inSlices, makeData } from './differential/data.mjs';
import { dialectOf } from './differential/dialect.mjs';
import { QueryWriter } from './differential/queries.mjs';
import { Random } from './differential/random.mjs';
import { promAsk } from './harness/ask.mjs';
import { newestPrometheus, Prometheus } from './harness/prometheus.mjs';
import { remoteWrite } from './harness/remotewrite.mjs';
import { Server } from './harness/server.mjs';

const SEED = Number(process.env.TRIPTYCH_TEST_SEED ?? 1);
const QUERIES = Number(process.env.TRIPTYCH_TEST_QUERIES ?? (process.env.TRIPTYCH_TEST_LONG ? 2000 : 300));
const TOLD_DIFFERENCES = 40;

const dialect = dialectOf(Prometheus.versionOf(newestPrometheus()));
const server = await Server.create('differential', {
  host: { enabled: false },
  scrape_self: false,
  ingest: { max_age: '36500d' },
  metrics: { promql: { enable_features: ['promql-experimental-functions'] } },
  storage: { retention: { metrics: { time: '0s' } } },
});

describe(`beside Prometheus ${dialect.version} (TRIPTYCH_TEST_SEED=${SEED})${dialect.leftOut.map((what) => `; left out: ${what}`).join('')}`, { timeout: 900_000 }, () => {
  let prometheus;
  const random = new Random(SEED);

  before(async () => {
    prometheus = await Prometheus.start('differential-peer', { flags: dialect.flags });
    await server.start();
    for (const slice of inSlices(makeData(random, dialect))) {
      await Promise.all([remoteWrite(prometheus.url, slice), remoteWrite(server.url('prometheus'), slice)]);
    }
  });
  after(async () => {
    await Promise.all([prometheus?.stop(), server.kill()]);
  });

  it(`answers ${QUERIES} queries, at an instant and over a range, as it does`, async () => {
    const writer = new QueryWriter(random, dialect);
    const differences = [];
    let results = 0;
    for (let i = 0; i < QUERIES; i++) {
      const { query, time, start, end, step } = writer.next();
      for (const [path, parameters] of [['query', { query, time }], ['query_range', { query, start, end, step }]]) {
        if (dialect.isLeftOut(query, path)) continue;
        const [peer, ours] = await Promise.all([prometheus.url, server.url('prometheus')].map((url) => promAsk(url, `/api/v1/${path}`, parameters)));
        if (peer.status === 'success' && peer.data.result.length > 0) results++;
        if (dialect.mayRefuse(query, peer, ours)) continue;
        const found = difference(peer, ours, { ...dialect, query, isOrdered: /^sort(_desc)?\(/.test(query), isTopK: /^(topk|bottomk)/.test(query) });
        if (found) differences.push(`${path === 'query' ? time : `${start}..${end} by ${step}`}: ${query}\n    ${found.slice(0, 1500)}`);
      }
    }
    assert.ok(results > QUERIES * 0.8, `only ${results} of ${QUERIES * 2} queries had a result: the generator is no good`);
    assert.equal(differences.length, 0, `${differences.length} answers differ:\n${differences.slice(0, TOLD_DIFFERENCES).join('\n')}`);
  });
});
