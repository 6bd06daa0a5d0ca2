/** Where in a query something is wrong; both count from 1. */
export interface QueryPosition {
  line: number;
  column: number;
}

/** What a failed request said, in words that can be shown. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

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
}

/** Above this length a request's parameters travel as a form in the body: proxies cut long addresses. */
const LONGEST_ADDRESS = 2000;

/** GETs JSON from our own origin. Long parameters turn it into the POST of a form where `formAllowed`. */
export async function getJson<T>(path: string, params: Params = {}, options: RequestOptions = {}, formAllowed = false): Promise<T> {
  const response = await request(path, params, options, formAllowed);
  const text = await response.text();
  if (!response.ok) throw errorOf(response.status, response.statusText, text);
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ApiError(`The answer of ${path} is not JSON. Is another program listening on this port?`, response.status, 'http');
  }
}

async function request(path: string, params: Params, options: RequestOptions, formAllowed: boolean): Promise<Response> {
  const form = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    if (value === undefined) continue;
    for (const one of typeof value === 'object' ? value : [value]) form.append(key, String(one));
  }
  const query = form.toString();
  const headers = { Accept: 'application/json', ...options.headers };
  try {
    if (formAllowed && query.length > LONGEST_ADDRESS) return await fetch(path, { method: 'POST', body: form, headers, signal: options.signal });
    return await fetch(query === '' ? path : `${path}?${query}`, { headers, signal: options.signal });
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
