import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';

export interface TagValue {
  type: string;
  value: string;
}

export interface TagSource {
  /** With their scope: `resource.service.name`, `span.http.route`, `duration`. */
  tags: () => Promise<readonly string[]>;
  values: (tag: string) => Promise<readonly TagValue[]>;
}

export type TraceqlPlace =
  | { kind: 'field'; from: number }
  | { kind: 'value'; from: number; tag: string; isQuoted: boolean }
  | { kind: 'aggregate'; from: number }
  | null;

/** What can stand at the end of the text. */
export function traceqlPlace(before: string): TraceqlPlace {
  const bare = before.replace(/"(?:[^"\\]|\\.)*"/g, (s) => '_'.repeat(s.length));
  const isInside = bare.lastIndexOf('{') > bare.lastIndexOf('}');
  if (!isInside) {
    const aggregate = /\|\s*(\w*)$/.exec(bare);
    return aggregate && !bare.endsWith('||') ? { kind: 'aggregate', from: before.length - aggregate[1]!.length } : null;
  }
  const value = /([\w.:/-]+)\s*(?:=~|!~|!=|>=|<=|=|>|<)\s*("?)((?:[^"\\\s&|}]|\\.|(?<="[^"]*)[\s&|}])*)$/.exec(before);
  if (value)
    return { kind: 'value', from: before.length - value[3]!.length - value[2]!.length, tag: value[1]!, isQuoted: value[2] === '"' };
  const field = /(?:[{(!]|&&|\|\||[+\-*/])\s*([\w.:/-]*)$/.exec(before);
  return field ? { kind: 'field', from: before.length - field[1]!.length } : null;
}

const AGGREGATES: Completion[] = [
  { label: 'count()', detail: 'spans found', apply: 'count() > ' },
  ...['avg', 'min', 'max', 'sum'].map((label) => ({ label: `${label}(…)`, detail: 'of a field', apply: `${label}(duration) > ` })),
  { label: 'select(…)', detail: 'fields to return', apply: 'select(' },
  { label: 'by(…)', detail: 'group spans', apply: 'by(' },
  { label: 'rate()', detail: 'spans a second, over time', apply: 'rate()' },
];

export async function completeTraceql(context: CompletionContext, source: TagSource): Promise<CompletionResult | null> {
  const place = traceqlPlace(context.state.sliceDoc(0, context.pos));
  if (!place) return null;
  if (place.kind === 'aggregate') return { from: place.from, options: AGGREGATES };
  if (place.kind === 'field') {
    const names = await source.tags();
    return { from: place.from, options: names.map((label) => ({ label })), validFor: /^[\w.:/-]*$/ };
  }
  const values = await source.values(place.tag);
  const closes = place.isQuoted && context.state.sliceDoc(context.pos, context.pos + 1) === '"';
  return {
    from: place.from,
    options: values.map(({ type, value }) => ({
      label: type === 'string' ? (closes ? JSON.stringify(value).slice(0, -1) : JSON.stringify(value)) : value,
      displayLabel: value,
    })),
    validFor: /^"?[^"]*$/,
  };
}
