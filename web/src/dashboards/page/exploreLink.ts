import type { Question } from '../query/targets';

export interface ExploreLink {
  to: '/explore/metrics' | '/explore/logs' | '/explore/traces' | '/trace/$traceId';
  params: { traceId: string };
  q: string | string[];
}

/** Where Explore shows what a panel asks: all its PromQL, or the first query of another kind. */
export function exploreLink(questions: readonly Question[]): ExploreLink | null {
  // Explore asks the built-in data.
  if (questions.some((question) => question.via !== undefined)) return null;
  const none = { traceId: '' };
  const promql = questions.filter((question) => question.source === 'prometheus');
  if (promql.length > 0) return { to: '/explore/metrics', params: none, q: promql.slice(0, 8).map((question) => question.query) };
  const first = questions[0];
  if (first?.source === 'loki') return { to: '/explore/logs', params: none, q: first.query };
  if (first?.source !== 'tempo') return null;
  if (first.kind === 'trace') return { to: '/trace/$traceId', params: { traceId: first.query }, q: '' };
  return first.kind === 'map' ? null : { to: '/explore/traces', params: none, q: first.query };
}
