// Acknowledged means durable: kill -9 at random moments under load, and every record of all three signals that got its 2xx is found again,
// none twice, although senders send again what was not answered; and every line of a tailed file that is written and rotated all the while is found once.
// 6 rounds; 50 with TRIPTYCH_TEST_LONG. TRIPTYCH_TEST_SEED repeats a run.
import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, readSync, fstatSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { lokiLines, promQuery, tempoSpans } from './harness/ask.mjs';
import { LogFile } from './harness/logfile.mjs';
import { Server } from './harness/server.mjs';
import { waitFor } from './harness/wait.mjs';
import { Writer, SHARDS, SIGNALS, LINES, SPANS, lineOf, logTimeNanos, pointTimeMs, spanIdOf, traceIdOf } from './harness/writer.mjs';

const isLong = Boolean(process.env.TRIPTYCH_TEST_LONG);
const ROUNDS = isLong ? 50 : 6;
const SEED = Number(process.env.TRIPTYCH_TEST_SEED ?? Date.now() % 1_000_000);
/** Small bounds make flushes happen between the kills too, and blocks beside heads. */
const FLUSH_SIZES = ['256MiB', '256KiB'];

let state = SEED;
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}

const server = await Server.create('kill');
const tailFolder = join(server.folder, 'tailed');
const configure = (flushSize) =>
  server.configure({
    host: { enabled: false },
    scrape_self: false,
    storage: { flush_size: flushSize },
    // What was rotated away bears a name that is not followed: only its identity leads to it.
    tail: [{ paths: [join(tailFolder, '*.log')], labels: { tail: 'kill' } }],
  });
const startedMs = Date.now();
/** When in its round the tailed file is rotated, by turns. */
const ROTATIONS = ['while it is down', 'while it runs', 'not'];

/** What each writer has been told is kept, checked against what the server answers. */
async function checkAll(writers, when) {
  await checkMetrics(writers.metrics, when);
  await checkLogs(writers.logs, when);
  await checkTraces(writers.traces, when);
}

async function checkMetrics(writer, when) {
  const found = await promQuery(server, 'kill_points[3h]', Math.ceil(Date.now() / 1000) + 600);
  assert.equal(found.length, SHARDS, `${when}: series`);
  for (const { metric, values } of found) {
    const times = new Map();
    for (const [seconds, value] of values) {
      const timeMs = Math.round(seconds * 1000);
      assert.ok(!times.has(timeMs), `${when}: two samples at ${timeMs} of ${JSON.stringify(metric)}`);
      times.set(timeMs, Number(value));
    }
    for (const n of writer.acknowledged) assert.equal(times.get(pointTimeMs(writer, n)), n, `${when}: point ${n} of shard ${metric.shard}`);
    assert.ok(values.length <= writer.sent, `${when}: ${values.length} points of ${writer.sent} sent`);
  }
}

async function checkLogs(writer, when) {
  const counts = new Map();
  for (const { unixNanos, line } of await lokiLines(server, '{service_name="kill-logs"}', logTimeNanos(writer, 0, 0), logTimeNanos(writer, writer.sent, 0))) {
    const key = `${unixNanos} ${line}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const twice = [...counts].filter(([, count]) => count > 1);
  assert.deepEqual(twice.slice(0, 5), [], `${when}: ${twice.length} lines come more than once`);
  const missing = [];
  for (const n of writer.acknowledged) {
    for (let i = 0; i < LINES; i++) if (!counts.has(`${logTimeNanos(writer, n, i)} ${lineOf(writer, n, i)}`)) missing.push(lineOf(writer, n, i));
  }
  assert.deepEqual(missing.slice(0, 5), [], `${when}: ${missing.length} acknowledged lines are lost`);
  assert.ok(counts.size <= writer.sent * LINES, `${when}: ${counts.size} lines, more than were sent`);
}

/** Lines of the tailed files that the server has, and how often each. */
async function tailedCounts(filter = '') {
  const from = BigInt(startedMs - 60_000) * 1_000_000n;
  const counts = new Map();
  for (const { line } of await lokiLines(server, `{tail="kill"}${filter}`, from, BigInt(Date.now() + 60_000) * 1_000_000n)) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

/** Every line that was written, once, and nothing else. Tailing goes on after a start, so that the end is waited for. */
async function checkTailed(file, when) {
  const counts = await waitFor(`all lines of the tailed files ${when}`, 60, async () => {
    const found = await tailedCounts();
    if (found.size < file.lines.length) throw new Error(`${found.size} of ${file.lines.length} lines are there, ${file.lines.filter((line) => !found.has(line)).slice(0, 3)} are not`);
    return found;
  }, 500);
  const twice = [...counts].filter(([, count]) => count > 1);
  assert.deepEqual(twice.slice(0, 5), [], `${when}: ${twice.length} tailed lines come more than once`);
  const written = new Set(file.lines);
  assert.deepEqual([...counts.keys()].filter((line) => !written.has(line)).slice(0, 5), [], `${when}: lines that nobody wrote`);
  assert.equal(counts.size, file.lines.length, when);
}

async function checkTraces(writer, when) {
  const pending = [...writer.acknowledged];
  const lost = [];
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let n = pending.pop(); n !== undefined; n = pending.pop()) {
        const ids = (await tempoSpans(server, traceIdOf(writer, n))).map((span) => span.spanId).sort();
        const expected = Array.from({ length: SPANS }, (_, i) => spanIdOf(writer, n, i)).sort();
        if (ids.length === 0) lost.push(n);
        else assert.deepEqual(ids, expected, `${when}: spans of trace ${traceIdOf(writer, n)}`);
      }
    }),
  );
  assert.deepEqual(lost.slice(0, 5), [], `${when}: ${lost.length} acknowledged traces are lost`);
}

/** Every file that bears the ending is a whole Parquet file. */
function checkFiles(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.parquet'));
  for (const name of files) {
    const file = openSync(join(folder, name), 'r');
    const ends = Buffer.alloc(8);
    const { size } = fstatSync(file);
    readSync(file, ends, 0, 4, 0);
    readSync(file, ends, 4, 4, Math.max(0, size - 4));
    closeSync(file);
    assert.equal(ends.toString('latin1'), 'PAR1PAR1', `${name} (${size} bytes) is not a finished Parquet file`);
  }
  return files;
}

describe(`kill -9 under load, ${ROUNDS} rounds (TRIPTYCH_TEST_SEED=${SEED})`, { timeout: (isLong ? 50 : 8) * 60_000 }, () => {
  const writers = Object.fromEntries(SIGNALS.map((signal) => [signal, new Writer(server.url('otlpHttp'), signal, SEED)]));
  const tailed = new LogFile(join(tailFolder, 'app.log'), SEED);
  const stopWriters = () => Promise.all([...Object.values(writers), tailed].map((writer) => writer.stop()));
  after(async () => {
    await stopWriters();
    tailed.close();
    await server.kill();
  });

  it('keeps on accepting after every kill', async () => {
    configure(FLUSH_SIZES[0]);
    await server.start();
    for (const writer of Object.values(writers)) writer.start();
    tailed.start();
    for (let round = 0; round < ROUNDS; round++) {
      const before = Object.fromEntries(SIGNALS.map((signal) => [signal, writers[signal].acknowledged.length]));
      for (const signal of SIGNALS) {
        await waitFor(`an acknowledged request with ${signal} in round ${round}: ${writers[signal].lastFailure}`, 20, () => writers[signal].acknowledged.length > before[signal], 20);
      }
      const rotation = ROTATIONS[round % ROTATIONS.length];
      if (rotation !== 'not') {
        // A file that was rotated away before anyone looked is nobody's any more; this one is known.
        await waitFor(`the server to have met the tailed file of round ${round}`, 60, async () => (await tailedCounts(` |= "tailed ${tailed.firstOfFile} of"`)).size > 0);
      }
      await sleep(random() * 1500);
      if (rotation === 'while it runs') tailed.rotate();
      await sleep(random() * 300);
      await server.kill();
      if (rotation === 'while it is down') tailed.rotate();
      configure(FLUSH_SIZES[Math.floor(random() * FLUSH_SIZES.length)]);
      if (random() < 0.25) {
        // And in the middle of a start: while it replays, most likely.
        server.launch();
        await sleep(random() * 600);
        await server.kill();
      }
      await server.start(60);
    }
  });

  it('found every acknowledged record once after the last kill', async () => {
    await stopWriters();
    await server.kill();
    await server.start(60);
    for (const signal of SIGNALS) assert.ok(writers[signal].acknowledged.length >= ROUNDS, `${signal}: only ${writers[signal].acknowledged.length} requests were acknowledged`);
    await checkAll(writers, 'after kill -9');
    assert.ok(tailed.rotations >= 4, `only ${tailed.rotations} rotations`);
    await checkTailed(tailed, 'after kill -9');
  });

  it('refused nothing for good', () => {
    for (const signal of SIGNALS) assert.deepEqual(writers[signal].refusals, [], signal);
  });

  it('stops on SIGTERM with 0 and everything in blocks', async () => {
    assert.equal(await server.stop(30), 0, server.output().slice(-2000));
    const files = checkFiles(server.dataDir);
    for (const signal of SIGNALS) assert.ok(files.some((name) => name.split('/').includes(signal)), `no block of ${signal} among ${files.join(', ')}`);
  });

  it('found every acknowledged record once after that', async () => {
    await server.start(60);
    await checkAll(writers, 'after SIGTERM');
    await checkTailed(tailed, 'after SIGTERM');
    assert.equal(await server.stop(30), 0);
  });
});
