/** Where in a query something is wrong; both count from 1. */
export interface QueryPosition {
  line: number;
  column: number;
}

/** A request as it went and what came back, for those who look closer. */
export interface Exchange {
  method: 'GET' | 'POST';
  /** Path and query on our own origin. */
  address: string;
  /** The form of a POST. */
  body: string | null;
  headers: Record<string, string>;
  status: number;
  /** From asking to the head of the answer. */
  waitedMs: number;
  /** From its head to its last byte. */
  readMs: number;
  /** Of the answer's body, unpacked. */
  sizeBytes: number;
  /** The answer's text, no more than `MOST_KEPT_CHARS` of it. */
  answer: string;
  isCut: boolean;
}

/** Of longer answers only the beginning is kept for looking at. */
export const MOST_KEPT_CHARS = 262_144;

/** What a failed request said, in words that can be shown. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The request, where an answer came to someone who asked for it. */
  exchange: Exchange | null = null;

  constructor(
    message: string,
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    /** The server's word for the kind of error (`bad_data`, `execution`, …), or `unreachable`, or `http`. */
    readonly kind: string,
    /** Where in the query, when the server says so. */
    readonly position: QueryPosition | null = null,
  ) {
    super(message);
  }
}

export type Params = Record<string, string | number | readonly string[] | undefined>;

export interface RequestOptions {
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** Told of the request when its answer has come, whether good or bad. */
  onExchange?: (exchange: Exchange) => void;
  /** Stands before the path: where another server's API is reached through ours. */
  base?: string;
}

/** Above this length a request's parameters travel as a form in the body: proxies cut long addresses. */
const LONGEST_ADDRESS = 2000;

/** GETs JSON from our own origin. Long parameters turn it into the POST of a form where `formAllowed`. */
export async function getJson<T>(path: string, params: Params = {}, options: RequestOptions = {}, formAllowed = false): Promise<T> {
  const began = performance.now();
  const asked = requestOf(path, params, options, formAllowed);
  const response = await send(asked, options.signal);
  const waitedMs = performance.now() - began;
  const bytes = await response.arrayBuffer();
  const text = new TextDecoder().decode(bytes);
  const exchange = options.onExchange === undefined ? null : { ...asked, status: response.status, waitedMs, readMs: performance.now() - began - waitedMs, sizeBytes: bytes.byteLength, ...beginningOf(text) };
  if (exchange !== null) options.onExchange?.(exchange);
  if (!response.ok) {
    const error = errorOf(response.status, response.statusText, text);
    error.exchange = exchange;
    throw error;
  }
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ApiError(`The answer of ${path} is not JSON. Is another program listening on this port?`, response.status, 'http');
  }
}

function beginningOf(text: string): { answer: string; isCut: boolean } {
  if (text.length <= MOST_KEPT_CHARS) return { answer: text, isCut: false };
  // A slice alone would keep the whole text alive.
  return { answer: structuredClone(text.slice(0, MOST_KEPT_CHARS)), isCut: true };
}

type Asked = Pick<Exchange, 'method' | 'address' | 'body' | 'headers'>;

function requestOf(apiPath: string, params: Params, options: RequestOptions, formAllowed: boolean): Asked {
  const path = (options.base ?? '') + apiPath;
  const form = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    if (value === undefined) continue;
    for (const one of typeof value === 'object' ? value : [value]) form.append(key, String(one));
  }
  const query = form.toString();
  const headers = { Accept: 'application/json', ...options.headers };
  if (formAllowed && query.length > LONGEST_ADDRESS) return { method: 'POST', address: path, body: query, headers };
  return { method: 'GET', address: query === '' ? path : `${path}?${query}`, body: null, headers };
}

async function send({ address, body, headers }: Asked, signal: AbortSignal | undefined): Promise<Response> {
  try {
    if (body !== null) return await fetch(address, { method: 'POST', body: new URLSearchParams(body), headers, signal });
    return await fetch(address, { headers, signal });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError('The server does not answer. Check that triptych is running; this page goes on by itself when it is back.', 0, 'unreachable');
  }
}

/** Reads the error shapes of Prometheus (`{errorType, error}`), of ours (`{message}`), and plain text. */
export function errorOf(status: number, statusText: string, body: string): ApiError {
  let message = body.trim();
  let kind = 'http';
  if (message.startsWith('{')) {
    try {
      const parsed = JSON.parse(message) as { error?: unknown; errorType?: unknown; message?: unknown };
      if (typeof parsed.errorType === 'string') kind = parsed.errorType;
      const said = parsed.error ?? parsed.message;
      if (typeof said === 'string') message = said;
    } catch {
      // Not JSON after all: shown as the text it is.
    }
  }
  if (message === '' || /^<(!doctype|html)/i.test(message)) message = `The server answered ${status}${statusText === '' ? '' : ` ${statusText}`}.`;
  if (message.length > 2000) message = `${message.slice(0, 2000)} …`;
  return new ApiError(message, status, kind, positionIn(message));
}

/** Finds `line 1, col 5` (Loki, Tempo) or `1:5: parse error` (Prometheus) in an error message. */
export function positionIn(message: string): QueryPosition | null {
  const found = /\bline (\d+),? col(?:umn)? (\d+)/i.exec(message) ?? /(?:^|[\s"(])(\d{1,5}):(\d{1,6})(?=:\s|[)\s]|$)/.exec(message);
  return found ? { line: Number(found[1]), column: Number(found[2]) } : null;
}

/** The message to show for anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
