/** Finds the trace that a log record belongs to, with nothing configured. */

/** Keys that hold a trace id, in lower case and without `.`, `_` and `-`. */
const TRACE_KEYS = new Set(['traceid', 'oteltraceid', 'ottraceid', 'xtraceid', 'xb3traceid']);
const TRACE_ID = /^(?:[0-9a-f]{32}|[0-9a-f]{16})$/i;
/** `traceId=…`, `"trace.id":"…"`, `trace_id: …`, also inside a JSON string with escaped quotes. */
const KEY_THEN_ID =
  /(?<![A-Za-z0-9])(?:otel[._-]?|ot[._-]?|x[._-]b3[._-]?|x[._-]?)?trace[._-]?id\\?["']?\s*[:=]\s*\\?["']?([0-9a-f]{32}|[0-9a-f]{16})(?![0-9a-z])/gi;
/** W3C `traceparent: 00-<trace id>-<span id>-<flags>`. */
const TRACEPARENT = /traceparent\\?["']?\s*[:=]\s*\\?["']?[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/gi;

export function isTraceKey(key: string): boolean {
  return TRACE_KEYS.has(key.toLowerCase().replace(/[._-]/g, ''));
}

/** The id in lower case, or null for what is not an id (all zeros mean "no trace"). */
export function asTraceId(value: string | undefined): string | null {
  if (!value) return null;
  const id = value.trim();
  return TRACE_ID.test(id) && !/^0+$/.test(id) ? id.toLowerCase() : null;
}

export interface TraceIdPlace {
  traceId: string;
  /** Where the id stands in the text. */
  from: number;
  to: number;
}

/** All trace ids in the text that stand behind a key that names them. */
export function traceIdsInText(text: string): TraceIdPlace[] {
  // Most lines hold no id: a plain search is far cheaper than the expressions.
  if (!/trace/i.test(text)) return [];
  const places: TraceIdPlace[] = [];
  for (const pattern of [KEY_THEN_ID, TRACEPARENT]) {
    for (const match of text.matchAll(pattern)) {
      const traceId = asTraceId(match[1]);
      if (!traceId) continue;
      const from = match.index + match[0].indexOf(match[1]!);
      places.push({ traceId, from, to: from + match[1]!.length });
    }
  }
  return places.sort((a, b) => a.from - b.from);
}

/** The trace of a record: its structured metadata and fields first, then its text. */
export function traceIdOf(line: string, ...fieldSets: (Readonly<Record<string, string>> | undefined)[]): string | null {
  for (const fields of fieldSets) {
    for (const key in fields) {
      if (!isTraceKey(key)) continue;
      const id = asTraceId(fields[key]);
      if (id) return id;
    }
  }
  return traceIdsInText(line)[0]?.traceId ?? null;
}
