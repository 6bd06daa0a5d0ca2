/** One token of a query: a string by its value, all else by its text. */
export interface Token {
  kind: 'word' | 'string' | 'quantity' | 'sign';
  text: string;
}

const SPACE = /\s+/y;
const WORD = /[A-Za-z_][\w:]*/y;
/** Numbers, durations, sizes: `0.95`, `1h30m`, `10KB`. */
const QUANTITY = /\d+(?:\.\d+)?[\w.]*|\.\d+/y;
const SIGN = /\|=|\|~|!=|!~|=~|==|>=|<=|[{}()[\],=<>|]/y;

/**
 * The tokens of PromQL and LogQL as far as the builders go.
 * @returns null where something else stands, such as an operator, a comment or a string that does not end
 */
export function tokensOf(text: string): Token[] | null {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };
  while (at < text.length) {
    if (take(SPACE) !== null) continue;
    const quote = text[at]!;
    if (quote === '"' || quote === "'" || quote === '`') {
      const end = endOfString(text, at);
      const value = end === null ? null : unquoted(text.slice(at, end));
      if (end === null || value === null) return null;
      tokens.push({ kind: 'string', text: value });
      at = end;
      continue;
    }
    const word = take(WORD);
    const quantity = word === null ? take(QUANTITY) : null;
    const sign = word === null && quantity === null ? take(SIGN) : null;
    if (word !== null) tokens.push({ kind: 'word', text: word });
    else if (quantity !== null) tokens.push({ kind: 'quantity', text: quantity });
    else if (sign !== null) tokens.push({ kind: 'sign', text: sign });
    else return null;
  }
  return tokens;
}

/** Where the string that begins at `from` ends; null when it does not. */
function endOfString(text: string, from: number): number | null {
  const quote = text[from]!;
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === quote) return at + 1;
    if (text[at] === '\\' && quote !== '`') at++;
    else if (text[at] === '\n' && quote !== '`') return null;
  }
  return null;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', '"': '"', "'": "'", a: '\x07', b: '\b', f: '\f', v: '\v' };

/** The value of a literal as Go reads it; null with an escape that means bytes rather than text. */
export function unquoted(literal: string): string | null {
  const inner = literal.slice(1, -1);
  if (literal.startsWith('`')) return inner;
  let isText = true;
  const value = inner.replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (_, escape: string) => {
    if (escape.length === 5) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    const known = ESCAPES[escape];
    if (known === undefined) isText = false;
    return known ?? '';
  });
  return isText ? value : null;
}

/** A string as PromQL and LogQL take it. */
export function quotedText(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}"`;
}

/** Reads tokens one after the other; what is not as expected ends the reading as a whole. */
export class TokenReader {
  private at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  get isAtEnd(): boolean {
    return this.at >= this.tokens.length;
  }

  peek(ahead = 0): Token | null {
    return this.tokens[this.at + ahead] ?? null;
  }

  isSign(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token?.kind === 'sign' && token.text === text;
  }

  isWord(text: string): boolean {
    const token = this.peek();
    return token?.kind === 'word' && token.text === text;
  }

  trySign(text: string): boolean {
    if (!this.isSign(text)) return false;
    this.at++;
    return true;
  }

  tryWord(text: string): boolean {
    if (!this.isWord(text)) return false;
    this.at++;
    return true;
  }

  sign(text: string): void {
    if (!this.trySign(text)) throw new BeyondBuilder();
  }

  /** The text of the next token, which must be of the kind. */
  take(kind: Token['kind']): string {
    const token = this.peek();
    if (token?.kind !== kind) throw new BeyondBuilder();
    this.at++;
    return token.text;
  }

  /** The next token, a sign among those given. */
  oneOf<T extends string>(signs: readonly T[]): T {
    const token = this.peek();
    const found = token?.kind === 'sign' ? signs.find((sign) => sign === token.text) : undefined;
    if (found === undefined) throw new BeyondBuilder();
    this.at++;
    return found;
  }

  /** `(a, b)`: names of labels. */
  names(): string[] {
    const names: string[] = [];
    this.sign('(');
    while (!this.trySign(')')) {
      if (names.length > 0) this.sign(',');
      const token = this.peek();
      names.push(this.take(token?.kind === 'string' ? 'string' : 'word'));
    }
    return names;
  }
}

/** The query is none that a builder could have written. */
export class BeyondBuilder extends Error {}

/** What `read` makes of the tokens of a query, all of them; null where it says more than the builder can show. */
export function readTokens<T>(query: string, read: (tokens: TokenReader) => T): T | null {
  const tokens = tokensOf(query);
  if (tokens === null) return null;
  const reader = new TokenReader(tokens);
  try {
    const found = read(reader);
    return reader.isAtEnd ? found : null;
  } catch (error) {
    if (error instanceof BeyondBuilder) return null;
    throw error;
  }
}

export type MatchOp = '=' | '!=' | '=~' | '!~';
export const MATCH_OPS: readonly MatchOp[] = ['=', '!=', '=~', '!~'];

/** A label and what its value shall be. */
export interface LabelMatch {
  label: string;
  op: MatchOp;
  value: string;
}

/** How results are put together: `sum by (a, b)`; no labels and `by` for one of all. */
export interface Aggregation {
  aggregate: string;
  grouping: 'by' | 'without';
  labels: readonly string[];
  /** Of topk and bottomk: how many. */
  count: string;
}

export const NO_AGGREGATION: Aggregation = { aggregate: '', grouping: 'by', labels: [], count: '5' };
export const AGGREGATES = ['sum', 'avg', 'min', 'max', 'count', 'topk', 'bottomk'] as const;
const COUNTED: ReadonlySet<string> = new Set(['topk', 'bottomk']);

export function isCounted(aggregate: string): boolean {
  return COUNTED.has(aggregate);
}

const PLAIN_LABEL = /^[A-Za-z_]\w*$/;

/** A label's name as it stands in a selector or a grouping. */
export function labelText(label: string): string {
  return PLAIN_LABEL.test(label) ? label : quotedText(label);
}

export function writeAggregation({ aggregate, grouping, labels, count }: Aggregation, inner: string): string {
  if (aggregate === '') return inner;
  const groups = labels.length === 0 && grouping === 'by' ? '' : ` ${grouping} (${labels.map(labelText).join(', ')}) `;
  return `${aggregate}${groups}(${isCounted(aggregate) ? `${count}, ` : ''}${inner})`;
}

/** `sum by (a) (…)` and `sum(…) by (a)` alike; without an aggregation what stands there is the inner one itself. */
export function readAggregation<T>(tokens: TokenReader, inner: () => T): [Aggregation, T] {
  const aggregate = AGGREGATES.find((known) => tokens.isWord(known));
  if (aggregate === undefined || !(tokens.isSign('(', 1) || ['by', 'without'].includes(tokens.peek(1)?.text ?? ''))) return [NO_AGGREGATION, inner()];
  tokens.take('word');
  let groups = readGroups(tokens);
  tokens.sign('(');
  let count = NO_AGGREGATION.count;
  if (isCounted(aggregate)) {
    count = tokens.take('quantity');
    if (!/^\d+$/.test(count)) throw new BeyondBuilder();
    tokens.sign(',');
  }
  const found = inner();
  tokens.sign(')');
  groups ??= readGroups(tokens);
  return [{ aggregate, count, ...(groups ?? { grouping: 'by', labels: [] }) }, found];
}

function readGroups(tokens: TokenReader): Pick<Aggregation, 'grouping' | 'labels'> | null {
  if (tokens.tryWord('by')) return { grouping: 'by', labels: tokens.names() };
  if (tokens.tryWord('without')) return { grouping: 'without', labels: tokens.names() };
  return null;
}
