import { STALE } from '../harness/remotewrite.mjs';

/** The data that both servers get: two hours of series as targets and their instrumentation make them, and of what goes wrong with them. */
export const START_SECONDS = 1_700_000_000;
export const END_SECONDS = START_SECONDS + 7200;

const JOBS = ['api', 'db'];
const INSTANCES = ['a:80', 'b:80', 'c:80'];
const BOUNDS = ['0.005', '0.01', '0.05', '0.1', '0.5', '1', '5', '+Inf'];

/**
 * All series, as remoteWrite takes them. `onWholeSeconds`: whether some have samples at whole seconds, on which windows of queries begin and end;
 * `native`: whether there are native histograms; `reconcilesBounds`: whether custom bounds may differ from target to target.
 */
export function makeData(random, { onWholeSeconds, native, reconcilesBounds }) {
  const series = [];
  const targets = JOBS.flatMap((job) => INSTANCES.map((instance) => ({ job, instance })));
  for (const target of targets) {
    const times = scrapes(random, onWholeSeconds && target.job === 'api');
    const add = (name, labels, values) => series.push({ labels: { __name__: name, ...target, ...labels }, samples: withGaps(random, times, values) });
    add('up', {}, times.map(() => (random.chance(0.97) ? 1 : 0)));
    add('build_info', { version: random.pick(['1.0', '1.1', '2.0']), region: random.pick(['eu', 'us']) }, times.map(() => 1));
    add('target_info', { version: random.pick(['1.0', '2.0']), zone: random.pick(['x', 'y']) }, times.map(() => 1));
    for (const method of ['GET', 'POST']) {
      for (const code of ['200', '500']) add('http_requests_total', { method, code }, counter(random, times, code === '200' ? 60 : 2, 0.01));
    }
    add('errors_total', { kind: random.pick(['io', 'net']) }, counter(random, times, 0.2, 0.005));
    for (const disk of ['sda', 'sdb']) add('temperature_celsius', { disk }, gauge(random, times, 40, 3));
    add('memory_bytes', {}, gauge(random, times, 4e9, 1e7).map(Math.round));
    add('weird', { kind: 'special' }, times.map(() => random.pick([NaN, Infinity, -Infinity, 0, -0, 1, -1, 1e300, 1e-300, 0.1, 7])));
    add('weird', { kind: 'empty' }, times.map(() => random.pick([0, 0, 0, 5])));
    classicHistogram(random, times, add);
    if (native) nativeHistograms(random, times, target, series, reconcilesBounds);
  }
  if (native) {
    const times = scrapes(random, true);
    series.push({ labels: { __name__: 'utf8.metric', 'dotted.label': 'x', job: 'api', instance: 'a:80' }, samples: withGaps(random, times, gauge(random, times, 5, 1)) });
  }
  return series;
}

/** The data in requests of a few minutes each, oldest first. */
export function* inSlices(series) {
  const SLICE_MS = 300_000;
  for (let from = START_SECONDS * 1000; from <= END_SECONDS * 1000 + SLICE_MS; from += SLICE_MS) {
    const within = ([timestampMs]) => timestampMs >= from && timestampMs < from + SLICE_MS;
    const slice = series.map(({ labels, samples = [], histograms = [] }) => ({ labels, samples: samples.filter(within), histograms: histograms.filter(within) }));
    const filled = slice.filter(({ samples, histograms }) => samples.length + histograms.length > 0);
    if (filled.length > 0) yield filled;
  }
}

/** When a target is scraped: every 15 or 30 s, on whole seconds, or by some milliseconds beside them. */
function scrapes(random, onWholeSeconds) {
  const everyMs = random.pick([15_000, 30_000]);
  const times = [];
  for (let at = START_SECONDS * 1000; at <= END_SECONDS * 1000; at += everyMs) times.push(at + (onWholeSeconds ? 0 : random.between(1, 900)));
  return times;
}

/** Drops scrapes: single ones, some in a row, and at times the series ends with a stale marker and comes again later. */
function withGaps(random, times, values) {
  const kept = [];
  let lostUntil = -1;
  times.forEach((timestampMs, i) => {
    if (i < lostUntil) return;
    if (random.chance(0.004)) lostUntil = i + random.between(2, 30);
    if (random.chance(0.004)) {
      kept.push([timestampMs, STALE]);
      lostUntil = i + random.between(1, 25);
    } else if (!random.chance(0.02)) kept.push([timestampMs, values[i]]);
  });
  return kept;
}

function counter(random, times, perScrape, resets) {
  let total = random.between(0, 1000);
  return times.map(() => {
    if (random.chance(resets)) total = 0;
    total += Math.floor(random.next() * perScrape * 2);
    return total;
  });
}

function gauge(random, times, around, step) {
  let value = around;
  return times.map(() => {
    value += (random.next() - 0.5) * step;
    return Math.round(value * 1000) / 1000;
  });
}

function classicHistogram(random, times, add) {
  const counts = BOUNDS.map(() => 0);
  let sum = 0;
  const rows = times.map(() => {
    if (random.chance(0.005)) {
      counts.fill(0);
      sum = 0;
    }
    for (let n = random.between(0, 20); n > 0; n--) {
      const seconds = Math.round(random.next() ** 4 * 8000) / 1000;
      sum = Math.round((sum + seconds) * 1000) / 1000;
      BOUNDS.forEach((le, i) => (counts[i] += seconds <= Number(le === '+Inf' ? Infinity : le) ? 1 : 0));
    }
    return { counts: [...counts], sum };
  });
  BOUNDS.forEach((le, i) => add('request_duration_seconds_bucket', { le }, rows.map((row) => row.counts[i])));
  add('request_duration_seconds_sum', {}, rows.map((row) => row.sum));
  add('request_duration_seconds_count', {}, rows.map((row) => row.counts.at(-1)));
}

function nativeHistograms(random, times, target, series, reconcilesBounds) {
  const add = (name, labels, values) => {
    const points = withGaps(random, times, values);
    // What was both never ends: the marker of floats Prometheus 3.5.3 loses where the last request had histograms.
    const kept = name === 'mixed' ? points.filter(([, value]) => value !== STALE) : points;
    const samples = kept.filter(([, value]) => typeof value === 'number');
    const histograms = kept.filter(([, value]) => typeof value !== 'number').map(([at, value]) => [at, value === STALE ? { schema: 0, sum: STALE, buckets: new Map() } : value]);
    series.push({ labels: { __name__: name, ...target, ...labels }, samples, histograms });
  };
  // All count whole numbers: of histograms of floats, Prometheus 3.5.3 loses samples that it took.
  const schema = random.between(0, 3);
  add('latency_seconds', {}, observations(random, times, { schema, zeroThreshold: 1e-6, isGrowing: true }));
  // No zero bucket beside negative ones: how Prometheus 3.5.3 interpolates in it depends on the other histograms of a chunk.
  add('queue_size', {}, observations(random, times, { schema: random.between(-1, 2), zeroThreshold: 1e-5, negative: true, isGauge: true }));
  add('custom_seconds', {}, observations(random, times, { schema: -53, bounds: reconcilesBounds && target.job === 'db' ? [0.1, 1, 10] : [0.1, 0.5, 1, 5], isGrowing: true }));
  const mixed = observations(random, times, { schema: 1, zeroThreshold: 1e-6, isGrowing: true });
  add('mixed', {}, mixed.map((histogram, i) => (Math.floor(i / 40) % 2 === 0 ? histogram : i)));
}

/**
 * Native histograms one after the other: growing as a counter does, with resets, or each by itself. Counters begin, and begin anew, far from zero, each time nearer:
 * how far their increase is extrapolated towards zero depends on the release.
 */
function observations(random, times, { isGrowing = false, negative = false, ...shape }) {
  let buckets = new Map();
  let below = new Map();
  let zeroCount = 0;
  let base = 1 << 24;
  let sum = 0;
  const reset = () => {
    buckets = new Map(isGrowing ? [[0, base]] : []);
    below = new Map();
    zeroCount = 0;
    sum = isGrowing ? base : 0;
    base >>= 1;
  };
  reset();
  return times.map(() => {
    if (!isGrowing || random.chance(0.01)) reset();
    for (let n = random.between(isGrowing ? 0 : 1, 15); n > 0; n--) {
      const into = negative && random.chance(0.3) ? below : buckets;
      const index = shape.bounds ? random.between(0, shape.bounds.length) : random.between(-6, 6);
      if (!shape.bounds && !negative && random.chance(0.1)) zeroCount++;
      else into.set(index, (into.get(index) ?? 0) + 1);
      sum = Math.round((sum + random.next() * (into === below ? -3 : 3)) * 1000) / 1000;
    }
    return { ...shape, buckets: new Map(buckets), negative: new Map(below), zeroCount, sum };
  });
}
