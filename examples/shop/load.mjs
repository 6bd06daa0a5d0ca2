// Buys at the shop: ordinary orders, slow ones, refused ones and failing ones, for a bounded number of requests and time.
//   node load.mjs [--count 200] [--seconds 60] [--workers 4] [--seed 1] [--json]
// The gateway is SHOP_GATEWAY_URL, or http://127.0.0.1:<SHOP_GATEWAY_PORT, 8100>; only loopback is taken. With --json, standard output has
// one object a request: {kind, status, expected, traceId, durationMs}.
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '60' },
    workers: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

const order = (product, quantity = 1) => ({ path: '/orders', body: { product, quantity } });
/** In a hundred requests, how many are of each kind, and what the shop has to answer. */
const KINDS = [
  { kind: 'ordinary', share: 50, status: 201, requests: [order('teapot'), order('cup', 6), order('saucer', 6)] },
  { kind: 'listing', share: 20, status: 200, requests: [{ path: '/products' }] },
  { kind: 'slow', share: 10, status: 201, requests: [order('samovar')] },
  { kind: 'sold out', share: 8, status: 409, requests: [order('golden-spoon')] },
  { kind: 'failing', share: 6, status: 500, requests: [order('mystery-box')] },
  { kind: 'unknown', share: 3, status: 404, requests: [order('unicorn')] },
  { kind: 'wrong', share: 3, status: 400, requests: [order('cup', 0)] },
];

const whole = (name, most) => {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < 1 || value > most) throw new Error(`--${name} has to be a whole number from 1 to ${most}`);
  return value;
};
const count = whole('count', 100_000);
const seconds = whole('seconds', 3600);
const workers = whole('workers', 64);
const gateway = new URL(process.env.SHOP_GATEWAY_URL ?? `http://127.0.0.1:${process.env.SHOP_GATEWAY_PORT ?? 8100}`);
if (!['127.0.0.1', 'localhost', '[::1]'].includes(gateway.hostname)) throw new Error(`${gateway.hostname} is not loopback`);

// mulberry32: the same seed buys the same things in the same order.
let state = whole('seed', 0xffffffff);
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

/** Each kind once first, so that short runs have all of them; then by share. */
function choose(index) {
  let kind = KINDS[index];
  for (let left = random() * 100, i = 0; kind === undefined; i++) {
    left -= KINDS[i].share;
    if (left < 0 || i === KINDS.length - 1) kind = KINDS[i];
  }
  return { ...kind, request: kind.requests[Math.floor(random() * kind.requests.length)] };
}

async function send({ kind, status: expected, request }) {
  const began = performance.now();
  const response = await fetch(new URL(request.path, gateway), {
    method: request.body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json' },
    body: request.body && JSON.stringify(request.body),
    signal: AbortSignal.timeout(15_000),
  });
  await response.arrayBuffer();
  return { kind, status: response.status, expected, traceId: response.headers.get('x-trace-id'), durationMs: Math.round(performance.now() - began) };
}

const deadline = Date.now() + seconds * 1000;
const answers = [];
let next = 0;
await Promise.all(
  Array.from({ length: workers }, async () => {
    while (next < count && Date.now() < deadline) answers.push(await send(choose(next++)));
  }),
);

if (values.json) {
  for (const answer of answers) console.log(JSON.stringify(answer));
} else {
  console.log('kind        requests  status  trace of the last one');
  for (const { kind } of KINDS) {
    const own = answers.filter((a) => a.kind === kind);
    const last = own.at(-1);
    if (last) console.log(`${kind.padEnd(10)}  ${String(own.length).padStart(8)}  ${String(last.status).padStart(6)}  ${last.traceId ?? 'none'}`);
  }
}
const wrong = answers.filter((a) => a.status !== a.expected);
if (wrong.length > 0) {
  console.error(`shop: ${wrong.length} of ${answers.length} answers are not what they should be, such as ${JSON.stringify(wrong[0])}`);
  process.exitCode = 1;
}
