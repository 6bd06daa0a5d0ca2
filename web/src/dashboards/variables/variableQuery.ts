import { isObject, numberOf, textOf } from '../model/json';
import type { Json } from '../model/json';
import { splitArguments } from './split';

/** What a query variable asks for, before variables within it are replaced. */
export type VariableQuery =
  | { kind: 'labelNames'; match: string }
  | { kind: 'labelValues'; match: string; label: string }
  | { kind: 'metricNames'; pattern: string }
  | { kind: 'queryResult'; query: string }
  | { kind: 'series'; match: string }
  | { kind: 'sql'; query: string }
  | { kind: 'tempoTagNames' }
  | { kind: 'tempoTagValues'; tag: string };

/** Reads `label_values(metric, label)`, `label_names()`, `metrics(pattern)`, `query_result(query)`, or a selector. */
export function prometheusVariableQuery(text: string): VariableQuery {
  const call = /^\s*(label_names|label_values|metrics|query_result)\s*\(([\s\S]*)\)\s*;?\s*$/.exec(text);
  if (call === null) return { kind: 'series', match: text.trim() };
  const inside = call[2]!.trim();
  switch (call[1]) {
    case 'label_names':
      return { kind: 'labelNames', match: inside };
    case 'metrics':
      return { kind: 'metricNames', pattern: inside };
    case 'query_result':
      return { kind: 'queryResult', query: inside };
    default: {
      const parts = splitArguments(inside);
      const label = parts.at(-1)!.replace(/^["'`]|["'`]$/g, '');
      return { kind: 'labelValues', match: parts.slice(0, -1).join(', '), label };
    }
  }
}

/** Loki's: `label_names()`, `label_values(selector, label)`, or an object of today's editor (type 0 names, 1 values). */
export function lokiVariableQuery(raw: Json | undefined, text: string): VariableQuery {
  if (isObject(raw) && (raw['label'] !== undefined || raw['stream'] !== undefined || raw['type'] !== undefined) && textOf(raw['query']) === '') {
    if (numberOf(raw['type']) === 0) return { kind: 'labelNames', match: '' };
    return { kind: 'labelValues', match: textOf(raw['stream']), label: textOf(raw['label']) };
  }
  return prometheusVariableQuery(text);
}

/** Tempo's: an object (type 0 names, 1 values), or `label_values(tag)`. */
export function tempoVariableQuery(raw: Json | undefined, text: string): VariableQuery {
  if (isObject(raw) && textOf(raw['query']) === '') return numberOf(raw['type']) === 0 ? { kind: 'tempoTagNames' } : { kind: 'tempoTagValues', tag: textOf(raw['label']) };
  const parsed = prometheusVariableQuery(text);
  if (parsed.kind === 'labelNames') return { kind: 'tempoTagNames' };
  return { kind: 'tempoTagValues', tag: parsed.kind === 'labelValues' ? parsed.label : text.trim() };
}
