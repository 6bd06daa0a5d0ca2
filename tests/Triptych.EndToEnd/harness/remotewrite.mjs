/** Remote write 1.0 as a client sends it: protobuf of `prometheus.WriteRequest` in a snappy block. Written here, so that nothing of the server reads itself. */

/** The sample after which a series is stale. */
export const STALE = Symbol('stale');
const STALE_BITS = 0x7ff0000000000002n;

/**
 * Sends series of `{labels, samples: [[timestampMs, value]], exemplars: [{labels, value, timestampMs}], histograms: [[timestampMs, histogram]]}`. A value is
 * a number, the bits of one as a bigint, or STALE; a histogram has `schema`, `sum` (which may be STALE), `buckets` (Map of index to count), and may have `negative` (the same), `zeroThreshold`, `zeroCount`, `bounds`, `isFloat`, `isGauge`.
 * Fails unless the server takes all.
 */
export async function remoteWrite(base, series, headers = {}) {
  const body = snappyBlock(writeRequest(series));
  const response = await fetch(new URL('/api/v1/write', base), {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0', ...headers },
    body,
    signal: AbortSignal.timeout(120_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`remote write says ${response.status}: ${text.slice(0, 500)}`);
}

/** A snappy block of literals only: what every decoder takes. */
export function snappyBlock(bytes) {
  const parts = [varint(BigInt(bytes.length))];
  for (let at = 0; at < bytes.length; at += 65_536) {
    const piece = bytes.subarray(at, at + 65_536);
    parts.push(Buffer.from([61 << 2, (piece.length - 1) & 0xff, (piece.length - 1) >> 8]), piece);
  }
  return Buffer.concat(parts);
}

function writeRequest(series) {
  return Buffer.concat(series.map((one) => message(1, timeSeries(one))));
}

function timeSeries({ labels, samples = [], exemplars = [], histograms = [] }) {
  return Buffer.concat([
    ...labelPairs(labels),
    ...samples.map(([timestampMs, value]) => message(2, Buffer.concat([double(1, value), integer(2, timestampMs)]))),
    ...exemplars.map((e) => message(3, Buffer.concat([...labelPairs(e.labels), double(2, e.value), integer(3, e.timestampMs)]))),
    ...histograms.map(([timestampMs, histogram]) => message(4, histogramOf(timestampMs, histogram))),
  ]);
}

function labelPairs(labels) {
  const names = Object.keys(labels).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return names.map((name) => message(1, Buffer.concat([text(1, name), text(2, labels[name])])));
}

function histogramOf(timestampMs, h) {
  const negative = sorted(h.negative ?? new Map());
  const positive = sorted(h.buckets);
  const zero = h.zeroCount ?? 0;
  const count = [...negative, ...positive].reduce((sum, [, n]) => sum + n, zero);
  const side = (buckets, spans, deltas, counts) => [
    ...spansOf(buckets).map((span) => message(spans, Buffer.concat([zigzag(1, span.offset), integer(2, span.length)]))),
    ...(buckets.length === 0 ? [] : [h.isFloat ? packed(counts, buckets.map(([, n]) => float64(n))) : packed(deltas, deltasOf(buckets))]),
  ];
  return Buffer.concat([
    h.isFloat ? double(2, count) : integer(1, count),
    double(3, h.sum),
    zigzag(4, h.schema),
    double(5, h.zeroThreshold ?? 0),
    h.isFloat ? double(7, zero) : integer(6, zero),
    ...side(negative, 8, 9, 10),
    ...side(positive, 11, 12, 13),
    integer(14, h.isGauge ? 3 : 0),
    integer(15, timestampMs),
    ...(h.bounds ? [packed(16, h.bounds.map(float64))] : []),
  ]);
}

const sorted = (buckets) => [...buckets].sort(([a], [b]) => a - b);

function spansOf(buckets) {
  const spans = [];
  let next = 0;
  for (const [index] of buckets) {
    if (spans.length > 0 && index === next) spans.at(-1).length++;
    else spans.push({ offset: index - next, length: 1 });
    next = index + 1;
  }
  return spans;
}

const deltasOf = (buckets) => buckets.map(([, count], i) => varint(zigzagOf(count - (i === 0 ? 0 : buckets[i - 1][1]))));
const zigzagOf = (number) => BigInt(number) >= 0n ? BigInt(number) * 2n : -BigInt(number) * 2n - 1n;

const tag = (field, wire) => varint(BigInt(field * 8 + wire));
const text = (field, value) => message(field, Buffer.from(value));
const message = (field, bytes) => Buffer.concat([tag(field, 2), varint(BigInt(bytes.length)), bytes]);
const packed = (field, items) => message(field, Buffer.concat(items));
const integer = (field, value) => Buffer.concat([tag(field, 0), varint(BigInt.asUintN(64, BigInt(value)))]);
const zigzag = (field, value) => Buffer.concat([tag(field, 0), varint(zigzagOf(value))]);
const double = (field, value) => Buffer.concat([tag(field, 1), float64(value)]);

function float64(value) {
  const bytes = Buffer.alloc(8);
  if (value === STALE) bytes.writeBigUInt64LE(STALE_BITS);
  else if (typeof value === 'bigint') bytes.writeBigUInt64LE(value);
  else bytes.writeDoubleLE(value);
  return bytes;
}

function varint(value) {
  const bytes = [];
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return Buffer.from([...bytes, Number(value)]);
}
