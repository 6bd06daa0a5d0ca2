import { parser } from '@grafana/lezer-logql';
import type { SyntaxNode } from '@lezer/common';

/** Reads and rewrites LogQL text by its syntax tree; what the user wrote elsewhere in the query stays as it is. */

export type QueryKind = 'empty' | 'log' | 'metric';

export function queryKind(query: string): QueryKind {
  if (query.trim() === '') return 'empty';
  const top = parser.parse(query).topNode;
  return find(top, 'LogExpr') && !find(top, 'MetricExpr') ? 'log' : find(top, 'MetricExpr') ? 'metric' : 'log';
}

/** Quoted as LogQL wants it. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

export interface Matcher {
  label: string;
  op: '=' | '!=' | '=~' | '!~';
  value: string;
}

/** The matchers of the query's first stream selector. */
export function selectorMatchers(query: string): Matcher[] {
  const selector = find(parser.parse(query).topNode, 'Selector');
  if (!selector) return [];
  const matchers: Matcher[] = [];
  selector.cursor().iterate((node) => {
    if (node.name !== 'Matcher') return;
    const name = node.node.getChild('Identifier');
    const value = node.node.getChild('String');
    const op = name?.nextSibling;
    if (!name || !value || !op) return;
    matchers.push({
      label: query.slice(name.from, name.to),
      op: query.slice(op.from, op.to) as Matcher['op'],
      value: unquote(query.slice(value.from, value.to)),
    });
  });
  return matchers;
}

/** The selector's text without matchers on `except`, for asking which values a label has beside the others. */
export function selectorFor(query: string, except?: string): string | null {
  const matchers = selectorMatchers(query).filter((m) => m.label !== except && m.value !== '');
  return matchers.length === 0 ? null : selectorText(matchers);
}

export function selectorText(matchers: readonly Matcher[]): string {
  return `{${matchers.map((m) => `${m.label}${m.op}${quote(m.value)}`).join(', ')}}`;
}

/** The query with other matchers in its selector; a query without one gets it. */
export function withSelector(query: string, matchers: readonly Matcher[]): string {
  const selector = find(parser.parse(query).topNode, 'Selector');
  const text = selectorText(matchers);
  return selector ? query.slice(0, selector.from) + text + query.slice(selector.to) : `${text} ${query}`.trim();
}

/** Where a field stands in a record, which decides how LogQL can filter on it. */
export type FieldPlace = 'stream' | 'metadata' | 'parsed' | 'json' | 'logfmt';

/** What LogQL calls a field that it has parsed from a line: a label of the stream keeps its name. */
export function parsedLabel(label: string, stream: Readonly<Record<string, string>>): string {
  return Object.hasOwn(stream, label) ? `${label}_extracted` : label;
}

/**
 * Whether a filter on a value finds the lines that show it. To LogQL an empty value is the same as no field at all, and its JSON
 * parser passes over null and lists. A JSON string that reads like one of those is taken for it: fields are known by their text only.
 */
export function canFilterOn(place: FieldPlace, value: string): boolean {
  if (value === '') return false;
  return place !== 'json' || !(value === 'null' || isList(value));
}

/** Also what is nested too deep to be taken apart. */
function isList(value: string): boolean {
  if (!/^\[.*\]$|^\{.*\}$/s.test(value)) return false;
  if (value === '[…]' || value === '{…}') return true;
  try {
    JSON.parse(value);
    return true;
  } catch {
    // A string in brackets, such as the name of a thread.
    return false;
  }
}

/**
 * Adds a filter on a field. Stream labels go into the selector; fields of the line are parsed first, unless the query does
 * so already; their label is that of `parsedLabel`. The value is one that `canFilterOn` allows.
 */
export function withFieldFilter(query: string, place: FieldPlace, label: string, value: string, isWanted: boolean): string {
  const op = isWanted ? '=' : '!=';
  if (place === 'stream') {
    const others = selectorMatchers(query).filter((m) => !(m.label === label && (m.op === '=' || isWanted)));
    // A selector needs one positive matcher, so excluding a value that was asked for becomes a label filter.
    if (isWanted || others.some((m) => m.op === '=' || m.op === '=~')) return withSelector(query, [...others, { label, op, value }]);
    return appendStage(query, `| ${label}${op}${quote(value)}`);
  }
  const needsParser = (place === 'json' || place === 'logfmt') && !hasParser(query, place);
  return appendStage(query, `${needsParser ? `| ${place} ` : ''}| ${label}${op}${quote(value)}`);
}

/** Adds `|= "text"` or `!= "text"` at the end of the log pipeline. */
export function withLineFilter(query: string, text: string, isWanted: boolean): string {
  return appendStage(query, `${isWanted ? '|=' : '!='} ${quote(text)}`);
}

/** Whether a pattern tells lines apart: one without any text is no filter, or one that all lines pass. */
export function canFilterByPattern(pattern: string): boolean {
  return !/^(<_>)*$/.test(pattern);
}

/** Adds `|> "pattern"` or `!> "pattern"` right after the selector: patterns are those of lines as they came. A query without a selector stays. */
export function withPatternFilter(query: string, pattern: string, isWanted: boolean): string {
  const selector = find(parser.parse(query).topNode, 'Selector');
  return selector ? `${query.slice(0, selector.to)} ${isWanted ? '|>' : '!>'} ${quote(pattern)}${query.slice(selector.to)}` : query;
}

function hasParser(query: string, parserName: 'json' | 'logfmt'): boolean {
  const top = parser.parse(query).topNode;
  return parserName === 'json'
    ? find(top, 'Json') !== null
    : find(top, 'LogfmtParser') !== null || find(top, 'LogfmtExpressionParser') !== null;
}

function appendStage(query: string, stage: string): string {
  const top = parser.parse(query).topNode;
  const selector = find(top, 'Selector');
  if (!selector) return `${query} ${stage}`.trim();
  let end = selector.to;
  const pipeline = selector.nextSibling;
  if (pipeline?.name === 'PipelineExpr') end = pipeline.to;
  return `${query.slice(0, end)} ${stage}${query.slice(end)}`;
}

/** Counts the lines that a log query finds, by level and step: what the histogram above the lines shows. */
export function volumeQuery(query: string, stepMs: number): string | null {
  const top = parser.parse(query).topNode;
  const log = find(top, 'LogExpr');
  if (!log || find(top, 'MetricExpr') || hasError(log)) return null;
  return `sum by (detected_level) (count_over_time(${query.slice(log.from, log.to).trim()} [${stepMs}ms]))`;
}

export interface QueryFault {
  from: number;
  to: number;
}

/** The first place that is not LogQL, for marking it while typing; null when all is well. */
export function firstFault(query: string): QueryFault | null {
  let fault: QueryFault | null = null;
  parser.parse(query).iterate({
    enter(node) {
      if (node.type.isError && !fault) fault = { from: node.from, to: Math.max(node.to, node.from + 1) };
      return fault === null;
    },
  });
  return fault;
}

function hasError(node: SyntaxNode): boolean {
  let found = false;
  node.cursor().iterate((n) => {
    if (n.type.isError) found = true;
    return !found;
  });
  return found;
}

function find(node: SyntaxNode, name: string): SyntaxNode | null {
  let found: SyntaxNode | null = null;
  node.cursor().iterate((n) => {
    if (!found && n.name === name) found = n.node;
    return found === null;
  });
  return found;
}

/** The text of a LogQL string literal, in either form of quotes. */
export function unquote(literal: string): string {
  if (literal.startsWith('`')) return literal.slice(1, literal.endsWith('`') ? -1 : undefined);
  try {
    return JSON.parse(literal) as string;
  } catch {
    // An escape that JSON does not know, or a string still being typed.
    return literal.replace(/^"|"$/g, '');
  }
}

/** Texts that line filters ask for, to be marked in the lines. */
export function lineNeedles(query: string): string[] {
  const needles: string[] = [];
  parser.parse(query).iterate({
    enter(node) {
      if (node.name !== 'LineFilter') return;
      const literal = node.node.getChild('String');
      if (literal && find(node.node, 'PipeExact')) {
        const text = unquote(query.slice(literal.from, literal.to));
        if (text !== '') needles.push(text);
      }
    },
  });
  return needles;
}
