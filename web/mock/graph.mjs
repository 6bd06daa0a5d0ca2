// A service graph of any size and what span metrics say of its services, made up from names alone: the same each time. For looking at
// the map, and for its tests.

import { chance } from './traces.mjs';

const TIERS = [
  { share: 0.03, words: ['web', 'mobile', 'partner', 'admin', 'public', 'edge'], suffix: 'gateway' },
  { share: 0.12, words: ['cart', 'account', 'search', 'orders', 'catalogue', 'help', 'offers', 'returns'], suffix: 'bff' },
  { share: 0.4, words: ['pricing', 'stock', 'payment', 'shipping', 'invoice', 'coupon', 'review', 'profile', 'address', 'tax', 'loyalty', 'basket'], suffix: 'service' },
  { share: 0.3, words: ['ledger', 'rules', 'images', 'geo', 'identity', 'audit', 'ranking', 'currency', 'limits', 'calendar'], suffix: 'core' },
  { share: 0.15, words: ['mail', 'push', 'export', 'report', 'archive', 'scoring'], suffix: 'worker' },
];

const pick = (list, text) => list[Math.floor(chance(text) * list.length)];

/** Services in five tiers, each called from the one above or two above; databases, queues and other systems at the end; a few calls back. */
export function makeGraph(count) {
  const tiers = TIERS.map(({ words, suffix, share }) => Array.from({ length: Math.max(1, Math.round(share * count)) }, (_, i) => `${words[i % words.length]}${i < words.length ? '' : `-${Math.floor(i / words.length) + 1}`}-${suffix}`));
  const services = tiers.flat();
  const edges = new Map();
  const call = (client, server, type) => client !== server && edges.set(`${client} ${server}`, { client, server, ...(type ? { connection_type: type } : {}) });
  for (const name of tiers[0]) call('user', name, 'virtual_node');
  for (let tier = 1; tier < tiers.length; tier++) {
    for (const name of tiers[tier]) {
      call(pick(tiers[tier - 1], `a${name}`), name, tier === 4 ? 'messaging_system' : undefined);
      if (chance(`b${name}`) < 0.7) call(pick(tiers[tier - 1], `c${name}`), name);
      if (tier > 1 && chance(`d${name}`) < 0.25) call(pick(tiers[tier - 2], `e${name}`), name);
    }
  }
  for (const name of tiers[2]) if (chance(`f${name}`) < 0.06) call(name, pick(tiers[1], `g${name}`));
  const databases = Array.from({ length: Math.max(1, Math.round(count * 0.06)) }, (_, i) => `postgres-${i + 1}`);
  for (const name of [...tiers[2], ...tiers[3]]) if (chance(`h${name}`) < 0.5) call(name, pick(databases, `i${name}`), 'database');
  for (const name of tiers[4]) call(name, pick(['smtp.example', 'bank.example', 'files.example'], `j${name}`), 'virtual_node');
  return { services, edges: [...edges.values()] };
}

const rateOf = (key) => 10 ** (chance(`rate${key}`) * 3 - 0.5);
const failingOf = (key) => (chance(`fails${key}`) < 0.12 ? 0.3 * chance(`much${key}`) ** 2 : chance(`fails${key}`) < 0.3 ? 0.002 : 0);
const p95Of = (key) => 0.004 * 10 ** (chance(`slow${key}`) * 2.2);

/**
 * Answers of PromQL over span metrics and the service graph, by what an expression looks like: quantiles, failures or rates, by service, by
 * operation or by edge.
 * @returns samples as `{ labels, value(unixSeconds) }`, or null for expressions about something else
 */
export function graphSamples(expression, { services, edges }) {
  if (!/traces_(spanmetrics|service_graph)_/.test(expression)) return null;
  const quantile = Number(/histogram_quantile\(([\d.]+)/.exec(expression)?.[1] ?? NaN);
  const failed = /STATUS_CODE_ERROR|failed_total/.test(expression);
  const wave = (key, t) => 1 + 0.25 * Math.sin(t / 400 + chance(key) * 6.28);
  const worth = (key) => (t) => {
    const latency = p95Of(key) * (quantile >= 0.99 ? 1.6 : quantile >= 0.95 ? 1 : 0.3);
    return wave(key, t) * (Number.isNaN(quantile) ? rateOf(key) * (failed ? failingOf(key) : 1) : latency);
  };
  if (expression.includes('service_graph')) return edges.map((labels) => ({ labels, value: worth(`${labels.client} ${labels.server}`) }));
  const own = /service="([^"]*)"/.exec(expression)?.[1];
  const chosen = services.filter((name) => own === undefined || name === own);
  if (expression.includes('by (span_name')) {
    return chosen.flatMap((service) => ['GET /items', 'GET /items/{id}', 'POST /items'].map((span_name) => ({ labels: { span_name, span_kind: 'SPAN_KIND_SERVER' }, value: worth(service + span_name) })));
  }
  return chosen.map((service) => ({ labels: { service }, value: worth(service) }));
}
