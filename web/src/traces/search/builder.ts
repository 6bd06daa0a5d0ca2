/** What the builder row can express: one span that fulfils all of it. */
export interface SpanBuilder {
  service: string;
  name: string;
  status: '' | 'error' | 'ok' | 'unset';
  /** As typed: `100ms`, `1.5s`. */
  minDuration: string;
  maxDuration: string;
  attributes: readonly Attribute[];
}

/** A condition on an attribute: `span.http.response.status_code >= 500`. */
export interface Attribute {
  /** With its scope; a dot alone before it looks in all. */
  name: string;
  op: AttributeOp;
  value: string;
  /** Whether the value is a text although it may look like a number. */
  isText: boolean;
}

export const EMPTY_BUILDER: SpanBuilder = { service: '', name: '', status: '', minDuration: '', maxDuration: '', attributes: [] };

const DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d))+$/;

export function isDuration(text: string): boolean {
  return text === '' || DURATION.test(text.trim());
}

/** Parts with an invalid duration are left out until they are valid. */
export function writeTraceQL(builder: SpanBuilder): string {
  const parts: string[] = [];
  if (builder.service) parts.push(`resource.service.name = ${JSON.stringify(builder.service)}`);
  if (builder.name) parts.push(`name = ${JSON.stringify(builder.name)}`);
  if (builder.status) parts.push(`status = ${builder.status}`);
  if (builder.minDuration && isDuration(builder.minDuration)) parts.push(`duration >= ${builder.minDuration.trim()}`);
  if (builder.maxDuration && isDuration(builder.maxDuration)) parts.push(`duration <= ${builder.maxDuration.trim()}`);
  for (const attribute of builder.attributes) if (isWholeAttribute(attribute)) parts.push(writeAttribute(attribute));
  return parts.length === 0 ? '{ }' : `{ ${parts.join(' && ')} }`;
}

const COMPARES = ['=', '!=', '=~', '!~', '>=', '<=', '>', '<'] as const;
export type AttributeOp = (typeof COMPARES)[number];
export const ATTRIBUTE_OPS: readonly AttributeOp[] = COMPARES;

/** Numbers, durations and truth values stand bare in TraceQL, all else in quotes. */
const BARE = /^(?:-?\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h)?|true|false)$/;
const SCOPE = /^(?:span|resource|event|link|instrumentation)?\./;
/** Characters of an attribute's name that need no quotes. */
const PLAIN_NAME = /^[^\s"\\{}()=~!<>&|^,[\]]+$/;

/** Whether a condition is whole: until it is, the query goes without it. */
export function isWholeAttribute({ name, value }: Pick<Attribute, 'name' | 'value'>): boolean {
  return isAttributeName(name) && value !== '';
}

/** Whether it is a scope, a dot and a name. */
export function isAttributeName(name: string): boolean {
  return SCOPE.test(name) && name.replace(SCOPE, '') !== '';
}

/** Whether a value as someone typed it is to be compared as text. */
export function isTextValue(value: string, op: AttributeOp): boolean {
  return op === '=~' || op === '!~' || !BARE.test(value);
}

function writeAttribute({ name, op, value, isText }: Attribute): string {
  const scope = SCOPE.exec(name)![0];
  const key = name.slice(scope.length);
  return `${scope}${PLAIN_NAME.test(key) ? key : JSON.stringify(key)} ${op} ${isText || isTextValue(value, op) ? JSON.stringify(value) : value}`;
}

const STRING = String.raw`"(?:[^"\\]|\\.)*"`;
const CONDITION = new RegExp(
  String.raw`^\s*(?:(resource\.service\.name|name)\s*=\s*(${STRING})|(status)\s*=\s*(error|ok|unset)|(duration)\s*(>=|>|<=|<)\s*([\d.a-zµ]+))\s*(?:&&|$)`,
);
const ATTRIBUTE = new RegExp(
  String.raw`^\s*((?:span|resource|event|link|instrumentation)?\.)(${STRING}|[^\s"\\{}()=~!<>&|^,[\]]+)\s*(=~|!~|!=|>=|<=|=|>|<)\s*(?:(${STRING})|(-?[\d.]+[a-zµ]*|true|false))\s*(?:&&|$)`,
);

/** @returns null when the query says more than the builder can show. */
export function readTraceQL(query: string): SpanBuilder | null {
  const text = query.trim();
  if (text === '') return EMPTY_BUILDER;
  if (!text.startsWith('{') || !text.endsWith('}')) return null;
  let rest = text.slice(1, -1).trim();
  let builder = EMPTY_BUILDER;
  while (rest !== '') {
    const next = readCondition(rest, builder) ?? readAttribute(rest, builder);
    if (next === null) return null;
    builder = next.builder;
    const isLast = !next.read.trimEnd().endsWith('&&');
    rest = rest.slice(next.read.length).trim();
    if (isLast !== (rest === '')) return null;
  }
  return builder;
}

/** What was read, and the builder with it. */
interface Read {
  read: string;
  builder: SpanBuilder;
}

function readCondition(text: string, builder: SpanBuilder): Read | null {
  const match = CONDITION.exec(text);
  if (!match) return null;
  const field =
    match[1] === 'resource.service.name' ? 'service' : match[1] ? 'name' : match[3] ? 'status' : match[6]!.startsWith('>') ? 'minDuration' : 'maxDuration';
  if (builder[field] !== '') return null;
  // The builder writes bounds that include the limit; a strict one would come back changed.
  if (match[6] === '>' || match[6] === '<') return null;
  const value = match[2] ? parseString(match[2]) : (match[4] ?? match[7]!);
  return value === null || value === '' ? null : { read: match[0], builder: { ...builder, [field]: value } };
}

function readAttribute(text: string, builder: SpanBuilder): Read | null {
  const match = ATTRIBUTE.exec(text);
  if (!match) return null;
  const key = match[2]!.startsWith('"') ? parseString(match[2]!) : match[2]!;
  const value = match[4] === undefined ? match[5]! : parseString(match[4]);
  // An empty text is no whole condition to the builder, and patterns are texts.
  if (key === null || key === '' || value === null || value === '' || (match[4] === undefined && isTextValue(value, match[3] as AttributeOp))) return null;
  const attribute: Attribute = { name: match[1]! + key, op: match[3] as AttributeOp, value, isText: match[4] !== undefined };
  return { read: match[0], builder: { ...builder, attributes: [...builder.attributes, attribute] } };
}

function parseString(literal: string): string | null {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return null;
  }
}
