/** The part of OTLP's JSON form that a trace answer uses. 64-bit integers arrive as strings, defaults are left out. */

export interface AnyValue {
  stringValue?: string;
  intValue?: string | number;
  doubleValue?: number | string;
  boolValue?: boolean;
  bytesValue?: string;
  arrayValue?: { values?: AnyValue[] };
  kvlistValue?: { values?: KeyValue[] };
}

export interface KeyValue {
  key: string;
  value?: AnyValue;
}

export interface OtlpEvent {
  timeUnixNano?: string | number;
  name?: string;
  attributes?: KeyValue[];
}

export interface OtlpLink {
  traceId?: string;
  spanId?: string;
  traceState?: string;
  attributes?: KeyValue[];
}

export interface OtlpSpan {
  traceId?: string;
  spanId?: string;
  parentSpanId?: string;
  traceState?: string;
  name?: string;
  kind?: number | string;
  startTimeUnixNano?: string | number;
  endTimeUnixNano?: string | number;
  attributes?: KeyValue[];
  events?: OtlpEvent[];
  links?: OtlpLink[];
  status?: { code?: number | string; message?: string };
}

export interface OtlpScopeSpans {
  scope?: { name?: string; version?: string; attributes?: KeyValue[] };
  spans?: OtlpSpan[];
}

export interface OtlpResourceSpans {
  resource?: { attributes?: KeyValue[] };
  scopeSpans?: OtlpScopeSpans[];
}

/** `GET /api/v2/traces/{id}`; `batches` is the name that version 1 gives to `resourceSpans`. */
export interface TraceByIdAnswer {
  trace?: { resourceSpans?: OtlpResourceSpans[]; batches?: OtlpResourceSpans[] };
  resourceSpans?: OtlpResourceSpans[];
  batches?: OtlpResourceSpans[];
  status?: string;
  message?: string;
}

const HEX_ID = /^[0-9a-fA-F]+$/;
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Character code → its six bits, −1 for what is not base64; both alphabets. */
const SIX_BITS = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) SIX_BITS[BASE64.charCodeAt(i)] = i;
SIX_BITS['-'.charCodeAt(0)] = 62;
SIX_BITS['_'.charCodeAt(0)] = 63;
/** Two base64 characters are twelve bits, which are three hex digits. */
const THREE_DIGITS = Array.from({ length: 4096 }, (_, bits) => bits.toString(16).padStart(3, '0'));

/**
 * An id as lower-case hex. The JSON form of protobuf carries base64, OTLP's own JSON carries hex. The lengths tell them
 * apart: 8 and 16 bytes are 16 and 32 hex digits, but 12 and 24 base64 characters.
 */
export function hexId(id: string | undefined): string {
  if (!id) return '';
  const hex = (id.length === 16 || id.length === 32) && HEX_ID.test(id) ? id.toLowerCase() : hexOfBase64(id);
  return hex.startsWith('00000000') && /^0*$/.test(hex) ? '' : hex;
}

/** What is not base64 comes back as it is. */
function hexOfBase64(text: string): string {
  let chars = text.length;
  while (chars > 0 && text[chars - 1] === '=') chars--;
  const digits = Math.floor((chars * 6) / 8) * 2;
  let hex = '';
  for (let i = 0; i < chars; i += 2) {
    const first = SIX_BITS[text.charCodeAt(i)] ?? -1;
    const second = i + 1 < chars ? (SIX_BITS[text.charCodeAt(i + 1)] ?? -1) : 0;
    if (first < 0 || second < 0) return text;
    hex += THREE_DIGITS[(first << 6) | second]!;
  }
  return hex.slice(0, digits);
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export type SpanKind = (typeof KINDS)[number];

const KIND_OF_NAME = new Map<string, SpanKind>(KINDS.map((kind) => [`SPAN_KIND_${kind.toUpperCase()}`, kind]));

export function spanKind(kind: number | string | undefined): SpanKind {
  return (typeof kind === 'string' ? KIND_OF_NAME.get(kind) : KINDS[kind ?? 0]) ?? 'unspecified';
}

export type SpanStatus = 'unset' | 'ok' | 'error';

export function spanStatus(code: number | string | undefined): SpanStatus {
  if (code === 2 || code === 'STATUS_CODE_ERROR') return 'error';
  if (code === 1 || code === 'STATUS_CODE_OK') return 'ok';
  return 'unset';
}

/** The value as text for reading: numbers and strings as they are, lists and maps as JSON. */
export function valueText(value: AnyValue | undefined): string {
  const plain = plainValue(value);
  if (plain === null) return '';
  return typeof plain === 'object' ? JSON.stringify(plain) : String(plain);
}

type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };

/** The value as plain JSON. Integers stay text when a double could not hold them. */
export function plainValue(value: AnyValue | undefined): Plain {
  if (!value) return null;
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.intValue !== undefined) {
    const number = Number(value.intValue);
    return Number.isSafeInteger(number) ? number : String(value.intValue);
  }
  if (value.doubleValue !== undefined) return typeof value.doubleValue === 'number' ? value.doubleValue : String(value.doubleValue);
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.bytesValue !== undefined) return value.bytesValue;
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(plainValue);
  if (value.kvlistValue) return Object.fromEntries((value.kvlistValue.values ?? []).map((kv) => [kv.key, plainValue(kv.value)]));
  return null;
}

export function attribute(attributes: KeyValue[] | undefined, key: string): string | undefined {
  const found = attributes?.find((kv) => kv.key === key);
  return found ? valueText(found.value) : undefined;
}
