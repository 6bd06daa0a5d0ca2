import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { unitOfMetricName } from '../../format/units';
import type { Unit } from '../../format/units';

/** Functions whose result measures what their argument does. */
const KEEPING = /^(avg|min|max|sum|last|first|quantile|stddev|mad)_over_time$|^(abs|ceil|floor|round|clamp|clamp_min|clamp_max|delta|idelta|increase|sort|sort_desc|sort_by_label|sort_by_label_desc|label_replace|label_join|predict_linear|timestamp_diff|histogram_quantile|histogram_avg|histogram_sum|histogram_stddev|double_exponential_smoothing|vector|scalar)$/;
const RATES = /^(rate|irate|deriv)$/;
const KEEPING_AGGREGATES = /^(sum|avg|min|max|topk|bottomk|quantile|stddev|limitk|limit_ratio)$/;

/**
 * What a PromQL expression measures, as far as the suffixes of its metrics' names tell: a guess for the axis. `scalar` stands for
 * a plain number, which takes the unit of what it is combined with.
 */
export function unitOfQuery(expression: string): Unit {
  const tree = parser.parse(expression);
  const unit = tree.topNode.firstChild === null ? 'none' : unitOf(tree.topNode.firstChild, expression);
  return unit === 'scalar' ? 'none' : unit;
}

type Found = Unit | 'scalar';

function unitOf(node: SyntaxNode, text: string): Found {
  switch (node.name) {
    case 'VectorSelector':
      return unitOfSelector(node, text);
    case 'FunctionCall':
      return unitOfCall(node, text);
    case 'AggregateExpr': {
      const operator = textOf(node.getChild('AggregateOp'), text).toLowerCase();
      const argument = lastExpression(node.getChild('FunctionCallBody'));
      return KEEPING_AGGREGATES.test(operator) && argument !== null ? unitOf(argument, text) : 'none';
    }
    case 'BinaryExpr':
      return unitOfBinary(node, text);
    case 'NumberDurationLiteral':
      return 'scalar';
    case 'ParenExpr':
    case 'UnaryExpr':
    case 'MatrixSelector':
    case 'SubqueryExpr':
    case 'OffsetExpr':
    case 'StepInvariantExpr': {
      const inner = expressionsIn(node)[0];
      return inner === undefined ? 'none' : unitOf(inner, text);
    }
    default:
      return 'none';
  }
}

function unitOfSelector(node: SyntaxNode, text: string): Found {
  const name = textOf(node.getChild('Identifier'), text);
  // How many, not how much: `_count` of a histogram, and its buckets.
  return /_(count|bucket)$/.test(name) ? 'none' : unitOfMetricName(name);
}

function unitOfCall(node: SyntaxNode, text: string): Found {
  const name = textOf(node.getChild('FunctionIdentifier'), text).toLowerCase();
  const argument = lastExpression(node.getChild('FunctionCallBody'), !/^(clamp|clamp_min|clamp_max|label_replace|label_join|round|predict_linear|sort_by_label|sort_by_label_desc)$/.test(name));
  if (argument === null) return name === 'time' ? 'none' : 'scalar';
  if (name === 'histogram_quantile' || name === 'histogram_avg') {
    const metric = firstMetric(argument, text);
    return metric === null ? 'none' : unitOfMetricName(metric);
  }
  const inner = unitOf(argument, text);
  if (!RATES.test(name)) return KEEPING.test(name) ? inner : 'none';
  if (inner === 'bytes') return 'bytesPerSecond';
  if (inner === 'joules') return 'watts';
  // Seconds of work in a second of time: a number of processors, or a share.
  if (inner === 'seconds') return 'none';
  return inner === 'none' ? 'perSecond' : 'none';
}

function unitOfBinary(node: SyntaxNode, text: string): Found {
  const [left, right] = expressionsIn(node);
  if (left === undefined || right === undefined) return 'none';
  const a = unitOf(left, text);
  const b = unitOf(right, text);
  const operator = ['Add', 'Sub', 'Mul', 'Div', 'Mod', 'And', 'Or', 'Unless', 'Eql', 'Eqlc', 'Neq', 'Gtr', 'Gte', 'Lss', 'Lte'].find((kind) => node.getChild(kind) !== null);
  switch (operator) {
    case 'Mul':
      // A share times 100 is in per cent by itself; the axis cannot know, so it shows plain numbers.
      if (a === 'ratio' || b === 'ratio') return 'none';
      return a === 'scalar' ? b : b === 'scalar' ? a : 'none';
    case 'Div':
      if (b === 'scalar') return a;
      return isMeasure(a) && a === b ? 'ratio' : secondsPerEvent(left, right, text);
    case undefined:
      return 'none';
    default:
      if (a === 'scalar') return b;
      return b === 'scalar' || a === b ? a : 'none';
  }
}

function isMeasure(unit: Found): boolean {
  return unit !== 'none' && unit !== 'scalar';
}

/** `rate(x_seconds_sum) / rate(x_seconds_count)` is an average in x's unit. */
function secondsPerEvent(left: SyntaxNode, right: SyntaxNode, text: string): Found {
  const above = firstMetric(left, text);
  const below = firstMetric(right, text);
  if (above !== null && below !== null && /_sum$/.test(above) && below === above.replace(/_sum$/, '_count')) return unitOfMetricName(above);
  return above !== null && above === below ? 'ratio' : 'none';
}

function firstMetric(node: SyntaxNode, text: string): string | null {
  const cursor = node.cursor();
  const end = node.to;
  do {
    if (cursor.from >= end) break;
    if (cursor.name === 'Identifier' && cursor.node.parent?.name === 'VectorSelector') return text.slice(cursor.from, cursor.to);
  } while (cursor.next());
  return null;
}

const EXPRESSIONS = new Set(['VectorSelector', 'FunctionCall', 'AggregateExpr', 'BinaryExpr', 'NumberDurationLiteral', 'ParenExpr', 'UnaryExpr', 'MatrixSelector', 'SubqueryExpr', 'OffsetExpr', 'StepInvariantExpr', 'StringLiteral']);

function expressionsIn(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) if (EXPRESSIONS.has(child.name)) found.push(child);
  return found;
}

/** The argument that carries the data: the last one, or with `last` false the first. */
function lastExpression(body: SyntaxNode | null, last = true): SyntaxNode | null {
  const all = body === null ? [] : expressionsIn(body);
  return (last ? all.at(-1) : all[0]) ?? null;
}

function textOf(node: SyntaxNode | null, text: string): string {
  return node === null ? '' : text.slice(node.from, node.to);
}
