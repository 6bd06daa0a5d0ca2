/** Remote write 1.0 by hand: protobuf and snappy (literals only), enough to feed a Prometheus. */

const varint = (value) => {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
};
const zigzag = (value) => varint(value < 0 ? -2 * value - 1 : 2 * value);
const tag = (field, wire) => varint((field << 3) | wire);
const message = (field, ...parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([tag(field, 2), varint(body.length), body]);
};
const text = (field, value) => message(field, Buffer.from(value));
const integer = (field, value) => Buffer.concat([tag(field, 0), varint(value)]);
const signed = (field, value) => Buffer.concat([tag(field, 0), zigzag(value)]);
const double = (field, value) => {
  const bytes = Buffer.alloc(8);
  if (typeof value === 'bigint') bytes.writeBigUInt64LE(value);
  else bytes.writeDoubleLE(value);
  return Buffer.concat([tag(field, 1), bytes]);
};
const labels = (field, set) => Object.keys(set).sort().map((name) => message(field, text(1, name), text(2, set[name])));

/** A native histogram of integer counts in one span. */
const histogram = ({ time, schema = 0, counts, sum }) => {
  const deltas = counts.map((count, i) => count - (counts[i - 1] ?? 0));
  return message(
    4,
    integer(1, counts.reduce((a, b) => a + b, 0)), double(3, sum), signed(4, schema), double(5, 1e-128), integer(6, 0),
    message(11, signed(1, 1), integer(2, counts.length)), message(12, ...deltas.map(zigzag)), integer(15, time),
  );
};

/**
 * `series` is a list of {labels, samples: [[ms, value]], histograms, exemplars: [{labels, value, time}]}; values that are bigint are the bits of a double.
 * Returns the status that the receiver answers with.
 */
export async function remoteWrite(base, series) {
  const body = Buffer.concat(
    series.map((one) =>
      message(
        1,
        ...labels(1, one.labels),
        ...(one.samples ?? []).map(([time, value]) => message(2, double(1, value), integer(2, time))),
        ...(one.exemplars ?? []).map((e) => message(3, ...labels(1, e.labels), double(2, e.value), integer(3, e.time))),
        ...(one.histograms ?? []).map(histogram),
      ),
    ),
  );
  const response = await fetch(new URL('/api/v1/write', base), {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0' },
    body: snappy(body),
  });
  if (!response.ok) throw new Error(`remote write says ${response.status}: ${(await response.text()).slice(0, 500)}`);
}

function snappy(bytes) {
  const parts = [varint(bytes.length)];
  for (let at = 0; at < bytes.length; at += 65536) {
    const part = bytes.subarray(at, at + 65536);
    const length = Buffer.alloc(2);
    length.writeUInt16LE(part.length - 1);
    parts.push(Buffer.from([61 << 2]), length, part);
  }
  return Buffer.concat(parts);
}
