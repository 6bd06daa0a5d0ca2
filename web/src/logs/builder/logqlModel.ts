import { BeyondBuilder, MATCH_OPS, NO_AGGREGATION, quotedText, readAggregation, readTokens, writeAggregation } from '../../query/builder/tokens';
import type { Aggregation, LabelMatch, MatchOp, TokenReader } from '../../query/builder/tokens';

export type LineOp = '|=' | '!=' | '|~' | '!~';
export const LINE_OPS: readonly LineOp[] = ['|=', '!=', '|~', '!~'];
export type CompareOp = MatchOp | '==' | '>' | '>=' | '<' | '<=';
const NUMBER_OPS: readonly CompareOp[] = ['==', '>=', '<=', '>', '<'];
export const COMPARE_OPS: readonly CompareOp[] = [...MATCH_OPS, ...NUMBER_OPS];
export const PARSERS = ['json', 'logfmt', 'pattern', 'regexp', 'unpack'] as const;
export type Parser = (typeof PARSERS)[number];

/** One step that a line goes through, in the order of the query. */
export type Stage =
  | { kind: 'line'; op: LineOp; text: string }
  /** `pattern` is what `pattern` and `regexp` look for. */
  | { kind: 'parser'; parser: Parser; pattern: string }
  /** Numbers, durations and sizes are compared by their value, all else as text. */
  | { kind: 'label'; label: string; op: CompareOp; value: string };

/** What the builder can ask of logs: streams, narrowed line by line, and counted over time where `over` is set. */
export interface LogsModel {
  matchers: readonly LabelMatch[];
  stages: readonly Stage[];
  over: string;
  window: string;
  aggregation: Aggregation;
}

export const EMPTY_LOGS: LogsModel = { matchers: [], stages: [], over: '', window: '1m', aggregation: NO_AGGREGATION };

export const LOG_OVER: readonly { name: string; says: string }[] = [
  { name: '', says: 'the lines' },
  { name: 'count_over_time', says: 'number of lines' },
  { name: 'rate', says: 'lines per second' },
  { name: 'bytes_over_time', says: 'bytes' },
  { name: 'bytes_rate', says: 'bytes per second' },
];

const QUANTITY = /^\d+(?:\.\d+)?[A-Za-zµ]*$/;
const DURATION = /^(?:\d+(?:ms|[smhdwy]))+$/;
const LABEL = /^[A-Za-z_]\w*$/;

export function isWindow(text: string): boolean {
  return DURATION.test(text);
}

export function takesPattern(parser: Parser): boolean {
  return parser === 'pattern' || parser === 'regexp';
}

export function comparesNumbers(op: CompareOp): boolean {
  return NUMBER_OPS.includes(op);
}

/** Whether a stage is whole: until it is, the query goes without it. */
export function isWhole(stage: Stage): boolean {
  if (stage.kind === 'line') return stage.text !== '';
  if (stage.kind === 'parser') return !takesPattern(stage.parser) || stage.pattern !== '';
  return LABEL.test(stage.label) && (!comparesNumbers(stage.op) || QUANTITY.test(stage.value));
}

function stageText(stage: Stage): string {
  if (stage.kind === 'line') return `${stage.op} ${quotedText(stage.text)}`;
  if (stage.kind === 'parser') return takesPattern(stage.parser) ? `| ${stage.parser} ${quotedText(stage.pattern)}` : `| ${stage.parser}`;
  return comparesNumbers(stage.op) ? `| ${stage.label} ${stage.op} ${stage.value}` : `| ${stage.label}${stage.op}${quotedText(stage.value)}`;
}

/** The query; empty while no stream is selected. */
export function writeLogql(model: LogsModel): string {
  const matchers = model.matchers.filter(({ label }) => LABEL.test(label));
  if (matchers.length === 0) return '';
  const selector = `{${matchers.map(({ label, op, value }) => `${label}${op}${quotedText(value)}`).join(', ')}}`;
  const lines = [selector, ...model.stages.filter(isWhole).map(stageText)].join(' ');
  if (model.over === '') return lines;
  return writeAggregation(model.aggregation, `${model.over}(${lines} [${isWindow(model.window) ? model.window : EMPTY_LOGS.window}])`);
}

/** @returns null when the query says more than the builder can show */
export function readLogql(query: string): LogsModel | null {
  if (query.trim() === '') return EMPTY_LOGS;
  return readTokens(query, (tokens) => {
    if (tokens.isSign('{')) return { ...EMPTY_LOGS, ...readLines(tokens) };
    const [aggregation, model] = readAggregation(tokens, () => readOver(tokens));
    return { ...model, aggregation };
  });
}

function readOver(tokens: TokenReader): LogsModel {
  const over = tokens.take('word');
  if (!LOG_OVER.some(({ name }) => name === over)) throw new BeyondBuilder();
  tokens.sign('(');
  const lines = readLines(tokens);
  tokens.sign('[');
  const window = tokens.take('quantity');
  if (!isWindow(window)) throw new BeyondBuilder();
  tokens.sign(']');
  tokens.sign(')');
  return { ...EMPTY_LOGS, ...lines, over, window };
}

function readLines(tokens: TokenReader): Pick<LogsModel, 'matchers' | 'stages'> {
  tokens.sign('{');
  const matchers: LabelMatch[] = [];
  while (!tokens.trySign('}')) {
    if (matchers.length > 0) tokens.sign(',');
    if (matchers.length > 0 && tokens.trySign('}')) break;
    matchers.push({ label: labelName(tokens), op: tokens.oneOf(MATCH_OPS), value: tokens.take('string') });
  }
  if (matchers.length === 0) throw new BeyondBuilder();
  const stages: Stage[] = [];
  for (;;) {
    const op = LINE_OPS.find((sign) => tokens.isSign(sign));
    if (op !== undefined) {
      tokens.sign(op);
      const text = tokens.take('string');
      // `|= ""` holds for every line, and `or` gives further texts.
      if (text === '' || tokens.isWord('or')) throw new BeyondBuilder();
      stages.push({ kind: 'line', op, text });
    } else if (tokens.trySign('|')) stages.push(readStage(tokens));
    else return { matchers, stages };
  }
}

function readStage(tokens: TokenReader): Stage {
  const parser = PARSERS.find((known) => tokens.isWord(known));
  const next = tokens.peek(1);
  // A field may be called as a parser is.
  if (parser !== undefined && !(next?.kind === 'sign' && COMPARE_OPS.includes(next.text as CompareOp) && tokens.peek(2)?.kind === 'string' && next.text !== '!=' && next.text !== '!~') ) {
    tokens.take('word');
    const pattern = takesPattern(parser) ? tokens.take('string') : '';
    if (takesPattern(parser) && pattern === '') throw new BeyondBuilder();
    return { kind: 'parser', parser, pattern };
  }
  const label = labelName(tokens);
  const op = tokens.oneOf(COMPARE_OPS);
  const value = tokens.take(comparesNumbers(op) ? 'quantity' : 'string');
  if (comparesNumbers(op) && !QUANTITY.test(value)) throw new BeyondBuilder();
  // `and`, `or` and commas join conditions.
  if (tokens.isWord('and') || tokens.isWord('or') || tokens.isSign(',')) throw new BeyondBuilder();
  return { kind: 'label', label, op, value };
}

function labelName(tokens: TokenReader): string {
  const label = tokens.take('word');
  if (!LABEL.test(label)) throw new BeyondBuilder();
  return label;
}
