/** What the builder row can express: one span that fulfils all of it. */
export interface SpanBuilder {
  service: string;
  name: string;
  status: '' | 'error' | 'ok' | 'unset';
  /** As typed: `100ms`, `1.5s`. */
  minDuration: string;
  maxDuration: string;
}

export const EMPTY_BUILDER: SpanBuilder = { service: '', name: '', status: '', minDuration: '', maxDuration: '' };

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
  return parts.length === 0 ? '{ }' : `{ ${parts.join(' && ')} }`;
}

const CONDITION =
  /^\s*(?:(resource\.service\.name|name)\s*=\s*("(?:[^"\\]|\\.)*")|(status)\s*=\s*(error|ok|unset)|(duration)\s*(>=|>|<=|<)\s*([\d.a-zµ]+))\s*(?:&&|$)/;

/** @returns null when the query says more than the builder can show. */
export function readTraceQL(query: string): SpanBuilder | null {
  const text = query.trim();
  if (text === '') return EMPTY_BUILDER;
  if (!text.startsWith('{') || !text.endsWith('}')) return null;
  let rest = text.slice(1, -1).trim();
  const builder = { ...EMPTY_BUILDER };
  while (rest !== '') {
    const match = CONDITION.exec(rest);
    if (!match) return null;
    const field =
      match[1] === 'resource.service.name'
        ? 'service'
        : match[1]
          ? 'name'
          : match[3]
            ? 'status'
            : match[6]!.startsWith('>')
              ? 'minDuration'
              : 'maxDuration';
    if (builder[field] !== '') return null;
    // The builder writes bounds that include the limit; a strict one would come back changed.
    if (match[6] === '>' || match[6] === '<') return null;
    const value = match[2] ? parseString(match[2]) : (match[4] ?? match[7]!);
    if (value === null) return null;
    builder[field] = value as never;
    const isLast = !match[0].trimEnd().endsWith('&&');
    rest = rest.slice(match[0].length).trim();
    if (isLast !== (rest === '')) return null;
  }
  return builder;
}

function parseString(literal: string): string | null {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return null;
  }
}
