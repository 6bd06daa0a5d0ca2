import { BeyondBuilder, labelText, MATCH_OPS, NO_AGGREGATION, quotedText, readAggregation, readTokens, writeAggregation } from '../../query/builder/tokens';
import type { Aggregation, LabelMatch, TokenReader } from '../../query/builder/tokens';

/** What the builder can ask of metrics: one metric, narrowed, over a window, put together, and a quantile of that. */
export interface MetricsModel {
  /** Empty where only labels select. */
  metric: string;
  filters: readonly LabelMatch[];
  /** A function over a window; empty for the values as they are. */
  over: string;
  window: string;
  aggregation: Aggregation;
  /** `0.95` of a histogram; empty for none. */
  quantile: string;
}

export const EMPTY_MODEL: MetricsModel = { metric: '', filters: [], over: '', window: '5m', aggregation: NO_AGGREGATION, quantile: '' };

/** Functions over a window, with what they say in words. */
export const OVER: readonly { name: string; says: string }[] = [
  { name: '', says: 'as it is' },
  { name: 'rate', says: 'rate per second' },
  { name: 'increase', says: 'increase' },
  { name: 'irate', says: 'rate of the last two points' },
  { name: 'delta', says: 'difference' },
  { name: 'avg_over_time', says: 'mean over time' },
  { name: 'min_over_time', says: 'least over time' },
  { name: 'max_over_time', says: 'most over time' },
  { name: 'sum_over_time', says: 'sum over time' },
  { name: 'last_over_time', says: 'last one' },
];

const PLAIN_METRIC = /^[A-Za-z_:][\w:]*$/;
const DURATION = /^(?:\d+(?:ms|[smhdwy]))+$/;

export function isWindow(text: string): boolean {
  return DURATION.test(text);
}

/** Whether the histogram's buckets are series of their own, told apart by `le`, which a quantile needs. */
function hasBuckets({ metric }: Pick<MetricsModel, 'metric'>): boolean {
  return metric.endsWith('_bucket');
}

export function selectorOf({ metric, filters }: Pick<MetricsModel, 'metric' | 'filters'>): string {
  const matches = filters.filter(({ label }) => label !== '').map(({ label, op, value }) => `${labelText(label)}${op}${quotedText(value)}`);
  if (metric === '') return matches.length === 0 ? '' : `{${matches.join(', ')}}`;
  if (!PLAIN_METRIC.test(metric)) return `{${[quotedText(metric), ...matches].join(', ')}}`;
  return matches.length === 0 ? metric : `${metric}{${matches.join(', ')}}`;
}

/** The query; empty while nothing is selected. Filters without a label and windows that are none are left out until they are whole. */
export function writePromql(model: MetricsModel): string {
  const selector = selectorOf(model);
  if (selector === '') return '';
  const over = model.over === '' ? selector : `${model.over}(${selector}[${isWindow(model.window) ? model.window : EMPTY_MODEL.window}])`;
  if (model.quantile === '') return writeAggregation(model.aggregation, over);
  const needsLe = hasBuckets(model) && model.aggregation.aggregate !== '' && model.aggregation.grouping === 'by';
  const aggregation = needsLe ? { ...model.aggregation, labels: ['le', ...model.aggregation.labels] } : model.aggregation;
  return `histogram_quantile(${model.quantile}, ${writeAggregation(aggregation, over)})`;
}

/** @returns null when the query says more than the builder can show */
export function readPromql(query: string): MetricsModel | null {
  if (query.trim() === '') return EMPTY_MODEL;
  return readTokens(query, (tokens) => {
    if (!tokens.isWord('histogram_quantile') || !tokens.isSign('(', 1)) return readAggregated(tokens);
    tokens.take('word');
    tokens.sign('(');
    const quantile = tokens.take('quantity');
    if (!/^(?:\d+\.?\d*|\.\d+)$/.test(quantile) || Number(quantile) > 1) throw new BeyondBuilder();
    tokens.sign(',');
    const model = readAggregated(tokens);
    tokens.sign(')');
    const { aggregation } = model;
    if (!hasBuckets(model) || aggregation.aggregate === '' || aggregation.grouping !== 'by') return { ...model, quantile };
    // Without its buckets told apart there is no quantile: the builder would write `le` where it was not.
    if (!aggregation.labels.includes('le')) throw new BeyondBuilder();
    return { ...model, quantile, aggregation: { ...aggregation, labels: aggregation.labels.filter((label) => label !== 'le') } };
  });
}

function readAggregated(tokens: TokenReader): MetricsModel {
  const [aggregation, model] = readAggregation(tokens, () => readOver(tokens));
  return { ...model, aggregation };
}

function readOver(tokens: TokenReader): MetricsModel {
  const over = OVER.find(({ name }) => name !== '' && tokens.isWord(name) && tokens.isSign('(', 1))?.name;
  if (over === undefined) return { ...EMPTY_MODEL, ...readSelector(tokens) };
  tokens.take('word');
  tokens.sign('(');
  const selector = readSelector(tokens);
  tokens.sign('[');
  const window = tokens.take('quantity');
  if (!isWindow(window)) throw new BeyondBuilder();
  tokens.sign(']');
  tokens.sign(')');
  return { ...EMPTY_MODEL, ...selector, over, window };
}

/** Words that are no metric's name where one could stand. */
const RESERVED = /^(?:by|without|on|ignoring|group_left|group_right|bool|offset|and|or|unless|atan2|start|end)$/;

function readSelector(tokens: TokenReader): Pick<MetricsModel, 'metric' | 'filters'> {
  let metric = '';
  const filters: LabelMatch[] = [];
  if (tokens.peek()?.kind === 'word') {
    metric = tokens.take('word');
    if (RESERVED.test(metric)) throw new BeyondBuilder();
    if (!tokens.isSign('{')) return { metric, filters };
  }
  tokens.sign('{');
  while (!tokens.trySign('}')) {
    if (metric === '' && filters.length === 0 && tokens.peek()?.kind === 'string' && (tokens.isSign(',', 1) || tokens.isSign('}', 1))) metric = tokens.take('string');
    else {
      const label = tokens.take(tokens.peek()?.kind === 'string' ? 'string' : 'word');
      // The name of the metric by another way than ours.
      if (label === '__name__' || label.includes(':')) throw new BeyondBuilder();
      filters.push({ label, op: tokens.oneOf(MATCH_OPS), value: tokens.take('string') });
    }
    if (!tokens.isSign('}')) tokens.sign(',');
  }
  if (metric === '' && filters.length === 0) throw new BeyondBuilder();
  return { metric, filters };
}
