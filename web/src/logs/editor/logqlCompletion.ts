import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';

/** What the completion asks the server; answers are cached by the caller. */
export interface LabelSource {
  names: () => Promise<readonly string[]>;
  /** Values of the label; `selector` holds the other matchers, to offer only values that occur beside them. */
  values: (name: string, selector: string | null) => Promise<readonly string[]>;
}

export type LogqlPlace =
  | { kind: 'label-name'; from: number; otherLabels: boolean }
  | { kind: 'label-value'; from: number; label: string }
  | { kind: 'stage'; from: number }
  | { kind: 'function'; from: number }
  | null;

/** What can stand at the end of the text. */
export function logqlPlace(before: string): LogqlPlace {
  const value = /([A-Za-z_]\w*)\s*(?:=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)$/.exec(before);
  if (value && isInside(before, '{', '}')) return { kind: 'label-value', from: before.length - value[2]!.length, label: value[1]! };
  if (insideString(before)) return null;
  const word = /[A-Za-z_]\w*$/.exec(before)?.[0] ?? '';
  const from = before.length - word.length;
  const head = before.slice(0, from);
  if (isInside(before, '{', '}')) return /[{,]\s*$/.test(head) ? { kind: 'label-name', from, otherLabels: /,\s*$/.test(head) } : null;
  if (/\b(?:by|without|on|ignoring)\s*\([^)]*$/.test(head)) return { kind: 'label-name', from, otherLabels: true };
  if (/(?:^|[^|])\|\s*$/.test(head)) return { kind: 'stage', from };
  if (/(?:^|[(+\-*/,])\s*$/.test(head)) return { kind: 'function', from };
  return null;
}

function isInside(text: string, open: string, close: string): boolean {
  const bare = text.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, (s) => '_'.repeat(s.length)).replace(/"(?:[^"\\]|\\.)*$/, '');
  return bare.lastIndexOf(open) > bare.lastIndexOf(close);
}

function insideString(text: string): boolean {
  return /"(?:[^"\\]|\\.)*$|`[^`]*$/.test(text.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, ''));
}

const STAGES: Completion[] = [
  { label: 'json', detail: 'fields of a JSON line' },
  { label: 'logfmt', detail: 'key=value fields' },
  { label: 'pattern', detail: '"<ip> - <_>"', apply: 'pattern "' },
  { label: 'regexp', detail: 'named groups', apply: 'regexp "' },
  { label: 'unpack', detail: 'undo packing' },
  { label: 'line_format', detail: 'rewrite the line', apply: 'line_format "' },
  { label: 'label_format', detail: 'rename or compute a label' },
  { label: 'drop', detail: 'drop labels' },
  { label: 'keep', detail: 'keep labels' },
  { label: 'unwrap', detail: 'a label as the sample’s value' },
  { label: 'decolorize', detail: 'remove colour codes' },
];

const FUNCTIONS: Completion[] = [
  ...[
    'rate',
    'count_over_time',
    'bytes_rate',
    'bytes_over_time',
    'absent_over_time',
    'sum_over_time',
    'avg_over_time',
    'min_over_time',
    'max_over_time',
    'quantile_over_time',
    'first_over_time',
    'last_over_time',
    'stddev_over_time',
    'stdvar_over_time',
    'rate_counter',
  ].map((label) => ({ label, detail: 'over a range', apply: `${label}(` })),
  ...['sum', 'avg', 'min', 'max', 'count', 'topk', 'bottomk', 'stddev', 'stdvar', 'sort', 'sort_desc'].map((label) => ({
    label,
    detail: 'over series',
    apply: `${label}(`,
  })),
];

export async function completeLogql(
  context: CompletionContext,
  labels: LabelSource,
  selectorFor: (query: string, label: string) => string | null,
): Promise<CompletionResult | null> {
  const before = context.state.sliceDoc(0, context.pos);
  const place = logqlPlace(before);
  if (!place) return null;
  switch (place.kind) {
    case 'label-name': {
      const names = await labels.names();
      return { from: place.from, options: names.map((label) => ({ label })), validFor: /^\w*$/ };
    }
    case 'label-value': {
      const values = await labels.values(place.label, selectorFor(context.state.doc.toString(), place.label));
      const closes = context.state.sliceDoc(context.pos, context.pos + 1) === '"';
      return {
        from: place.from,
        options: values.map((value) => ({ label: value, apply: JSON.stringify(value).slice(1, closes ? -1 : undefined) })),
        validFor: /^[^"]*$/,
      };
    }
    case 'stage':
      return { from: place.from, options: STAGES, validFor: /^\w*$/ };
    case 'function':
      return context.explicit || before.length > place.from ? { from: place.from, options: FUNCTIONS, validFor: /^\w*$/ } : null;
  }
}
