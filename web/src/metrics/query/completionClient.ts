import type { PrometheusClient } from '@prometheus-io/codemirror-promql/dist/esm/client/prometheus';
import type { Matcher } from '@prometheus-io/codemirror-promql/dist/esm/types';
import { EqlRegex, Neq, NeqRegex } from '@prometheus-io/lezer-promql';
import { labelNames, labelValues, metadata } from '../../api/prometheus';
import type { MetricMetadata } from '../../api/prometheus';

/** How long an answer is used again while someone types. */
const KEEP_MS = 60_000;
/** More names than this nobody reads; the server is spared. */
const MOST_VALUES = 10_000;

/**
 * What completion asks the server, over the page's time range. Completion that cannot be had is no completion, not an error: the
 * query itself will say what is wrong.
 */
export class CompletionClient implements PrometheusClient {
  private readonly kept = new Map<string, { untilMs: number; answer: Promise<unknown> }>();

  constructor(private readonly range: () => { startMs: number; endMs: number }) {}

  labelNames(metricName?: string): Promise<string[]> {
    return this.ask(`names ${metricName ?? ''}`, [], () => labelNames({ ...this.span(), match: selectors(metricName, []) }));
  }

  labelValues(labelName: string, metricName?: string, matchers?: Matcher[]): Promise<string[]> {
    const match = selectors(metricName, (matchers ?? []).filter((m) => m.name !== labelName));
    return this.ask(`values ${labelName} ${match?.[0] ?? ''}`, [], () => labelValues(labelName, { ...this.span(), match, limit: MOST_VALUES }));
  }

  metricMetadata(): Promise<Record<string, MetricMetadata[]>> {
    return this.ask('metadata', {}, () => metadata());
  }

  async series(metricName: string, matchers?: Matcher[], labelName?: string): Promise<Map<string, string>[]> {
    if (labelName === undefined) return (await this.labelNames(metricName)).map((name) => new Map([[name, '']]));
    return (await this.labelValues(labelName, metricName, matchers)).map((value) => new Map([[labelName, value]]));
  }

  metricNames(): Promise<string[]> {
    return this.labelValues('__name__');
  }

  flags(): Promise<Record<string, string>> {
    return Promise.resolve({});
  }

  private span() {
    const { startMs, endMs } = this.range();
    return { startMs, endMs };
  }

  private ask<T>(key: string, none: T, load: () => Promise<T>): Promise<T> {
    const before = this.kept.get(key);
    if (before && before.untilMs > Date.now()) return before.answer as Promise<T>;
    const answer = load().catch(() => {
      this.kept.delete(key);
      return none;
    });
    this.kept.set(key, { untilMs: Date.now() + KEEP_MS, answer });
    return answer;
  }
}

function selectors(metricName: string | undefined, matchers: readonly Matcher[]): string[] | undefined {
  const usable = matchers.filter((m) => m.value !== '').map((m) => `${m.name}${operatorOf(m.type)}"${m.value}"`);
  if ((metricName ?? '') === '' && usable.length === 0) return undefined;
  return [`${metricName ?? ''}${usable.length === 0 ? '' : `{${usable.join(',')}}`}`];
}

function operatorOf(type: number): string {
  if (type === Neq) return '!=';
  if (type === EqlRegex) return '=~';
  return type === NeqRegex ? '!~' : '=';
}
