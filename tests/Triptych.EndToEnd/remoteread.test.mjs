// A Prometheus that reads all it has from ours (remote_read) must answer as ours does: raw samples to the bit, and generated queries.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { difference } from './differential/compare.mjs';
import { END_SECONDS, inSlices, makeData, START_SECONDS } from './differential/data.mjs';
import { dialectOf } from './differential/dialect.mjs';
import { QueryWriter } from './differential/queries.mjs';
import { Random } from './differential/random.mjs';
import { promAsk } from './harness/ask.mjs';
import { newestPrometheus, Prometheus } from './harness/prometheus.mjs';
import { remoteWrite } from './harness/remotewrite.mjs';
import { Server } from './harness/server.mjs';

const SEED = Number(process.env.TRIPTYCH_TEST_SEED ?? 2);
const QUERIES = process.env.TRIPTYCH_TEST_LONG ? 1000 : 100;

// It refuses to select from a remote store while it evaluates, which is what info() does.
const SELECTS_LATER = /\binfo\(/;

const dialect = dialectOf(Prometheus.versionOf(newestPrometheus()));
const server = await Server.create('remoteread', {
  host: { enabled: false },
  scrape_self: false,
  ingest: { max_age: '36500d' },
  metrics: { promql: { enable_features: ['promql-experimental-functions'] } },
  storage: { retention: { metrics: { time: '0s' } } },
});

describe(`remote read by Prometheus ${dialect.version} (TRIPTYCH_TEST_SEED=${SEED})`, { timeout: 600_000 }, () => {
  let reader;
  const random = new Random(SEED);

  before(async () => {
    await server.start();
    const slices = [...inSlices(makeData(random, dialect))];
    for (const [i, slice] of slices.entries()) {
      await remoteWrite(server.url('prometheus'), slice);

      // So that series lie in blocks and in a head.
      if (i === slices.length >> 1) {
        await server.stop();
        await server.start();
      }
    }
    reader = await Prometheus.start('remoteread-reader', {
      config: { remote_read: [{ url: `${server.url('prometheus')}/api/v1/read`, read_recent: true }] },
      flags: dialect.flags,
    });
  });
  after(async () => {
    await Promise.all([reader?.stop(), server.kill()]);
  });

  it('gives every sample, float or histogram, of every series', async () => {
    const query = `{job=~".+"}[${END_SECONDS - START_SECONDS + 10}s]`;
    const [theirs, ours] = await both('query', { query, time: END_SECONDS });
    assert.equal(theirs.status, 'success', JSON.stringify(theirs).slice(0, 500));
    assert.ok(ours.data.result.length > 100, `only ${ours.data.result.length} series`);
    if (dialect.native) assert.ok(ours.data.result.some(({ histograms }) => histograms?.length > 100), 'no histograms');
    assert.equal(difference(theirs, ours, { ...dialect, query }), null);
  });

  it('tells the series there are, without samples', async () => {
    const parameters = { 'match[]': '{job="api"}', start: START_SECONDS, end: END_SECONDS };
    const [theirs, ours] = await both('series', parameters);
    const sorted = ({ data }) => data.map((labels) => JSON.stringify(Object.entries(labels).sort())).sort();
    assert.deepEqual(sorted(theirs), sorted(ours));
    assert.ok(ours.data.length > 50);
  });

  it(`is the source of ${QUERIES} queries that answer as ours do`, async () => {
    const writer = new QueryWriter(random, dialect);
    const differences = [];
    let results = 0;
    for (let i = 0; i < QUERIES; i++) {
      const { query, time, start, end, step } = writer.next();
      for (const [path, parameters] of [['query', { query, time }], ['query_range', { query, start, end, step }]]) {
        if (SELECTS_LATER.test(query) || dialect.isLeftOut(query, path)) continue;
        const [theirs, ours] = await both(path, parameters);
        if (theirs.status === 'success' && theirs.data.result.length > 0) results++;
        if (dialect.mayRefuse(query, theirs, ours)) continue;
        const found = difference(theirs, ours, { ...dialect, query, isOrdered: /^sort(_desc)?\(/.test(query), isTopK: /^(topk|bottomk)/.test(query) });
        if (found) differences.push(`${path === 'query' ? time : `${start}..${end} by ${step}`}: ${query}\n    ${found.slice(0, 800)}`);
      }
    }
    assert.ok(results > QUERIES * 0.8, `only ${results} of ${QUERIES * 2} queries had a result`);
    assert.equal(differences.length, 0, `${differences.length} answers differ:\n${differences.slice(0, 20).join('\n')}`);
  });

  const both = (path, parameters) => Promise.all([reader.url, server.url('prometheus')].map((url) => promAsk(url, `/api/v1/${path}`, parameters)));
});
