/** The read APIs of the server, as thin as possible: each function returns what the API answers, or fails with what it said. */

async function get(base, path, parameters = {}, seconds = 30) {
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) url.searchParams.append(name, String(one));
  }
  const response = await fetch(url, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(seconds * 1000) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url.pathname}${url.search} says ${response.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

async function enveloped(base, path, parameters) {
  const answer = await get(base, path, parameters);
  if (answer.status !== 'success') throw new Error(`${path} says ${JSON.stringify(answer).slice(0, 500)}`);
  if (answer.warnings?.length) throw new Error(`${path} warns: ${answer.warnings.join('; ')}`);
  return answer.data;
}

/** PromQL at one time (seconds): the result array, whatever its type. A range selector gives raw samples. */
export async function promQuery(server, query, time) {
  return (await enveloped(server.url('prometheus'), '/api/v1/query', { query, time })).result;
}

export async function promSeries(server, match, start, end) {
  return enveloped(server.url('prometheus'), '/api/v1/series', { 'match[]': match, start, end });
}

const PAGE = 2000;

/**
 * All lines of a LogQL log query in [startNanos, endNanos), oldest first, as {unixNanos, line, labels}; labels are those of the stream and the structured metadata.
 * Pages by time. A page that is full and holds one time only cannot be passed: that fails.
 */
export async function lokiLines(server, query, startNanos, endNanos) {
  const lines = [];
  let from = startNanos;
  for (;;) {
    const data = await enveloped(server.url('loki'), '/loki/api/v1/query_range', { query, start: from, end: endNanos, limit: PAGE, direction: 'forward' });
    const page = data.result
      .flatMap(({ stream, values }) => values.map(([ns, line, more]) => ({ unixNanos: BigInt(ns), line, labels: { ...stream, ...more?.structuredMetadata } })))
      .sort((a, b) => (a.unixNanos < b.unixNanos ? -1 : a.unixNanos > b.unixNanos ? 1 : 0));
    if (page.length < PAGE) return [...lines, ...page];
    // The last time of a full page may go on in the next one: it is asked for again, whole.
    const last = page.at(-1).unixNanos;
    const whole = page.filter((entry) => entry.unixNanos < last);
    if (whole.length === 0) throw new Error(`more than ${PAGE} lines at ${last} ns`);
    lines.push(...whole);
    from = last;
  }
}

/** Ids in JSON are base64 by protobuf's rules; hex is taken too. */
function hexId(text) {
  if (!text) return '';
  return /^([0-9a-f]{16}|[0-9a-f]{32})$/i.test(text) ? text.toLowerCase() : Buffer.from(text, 'base64').toString('hex');
}

/** A trace by its id: spans as {service, scope, spanId, parentSpanId, name, kind, isError, attributes}; empty when it is not known. */
export async function tempoSpans(server, traceId) {
  const answer = await get(server.url('tempo'), `/api/v2/traces/${traceId}`);
  if (answer.status === 'PARTIAL') throw new Error(`trace ${traceId} is partial: ${answer.message}`);
  const attributesOf = (list) => Object.fromEntries((list ?? []).map(({ key, value }) => [key, Object.values(value ?? {})[0]]));
  return (answer.trace?.resourceSpans ?? []).flatMap((resource) =>
    resource.scopeSpans.flatMap((scope) =>
      scope.spans.map((span) => ({
        service: attributesOf(resource.resource?.attributes)['service.name'],
        scope: scope.scope?.name ?? '',
        traceId: hexId(span.traceId),
        spanId: hexId(span.spanId),
        parentSpanId: hexId(span.parentSpanId),
        name: span.name ?? '',
        isError: span.status?.code === 2 || span.status?.code === 'STATUS_CODE_ERROR',
        attributes: attributesOf(span.attributes),
      })),
    ),
  );
}

/** A TraceQL search over [startSeconds, endSeconds]: the traces, with ids padded to 32 digits. */
export async function tempoSearch(server, q, startSeconds, endSeconds, limit = 500) {
  const { traces } = await get(server.url('tempo'), '/api/search', { q, start: startSeconds, end: endSeconds, limit });
  return (traces ?? []).map((trace) => ({ ...trace, traceID: trace.traceID.padStart(32, '0') }));
}

export { get };

/** The API of Prometheus at an address, ours or another's: the envelope, whatever it says, with the status as `http`. */
export async function promAsk(base, path, parameters) {
  const response = await fetch(new URL(path, base), { method: 'POST', body: new URLSearchParams(parameters), signal: AbortSignal.timeout(120_000) });
  const text = await response.text();
  try {
    return { ...JSON.parse(text), http: response.status };
  } catch {
    throw new Error(`${base}${path} says ${response.status}, not JSON: ${text.slice(0, 300)}`);
  }
}
