import { parser as logql } from '@grafana/lezer-logql';
import { parser as promql } from '@prometheus-io/lezer-promql';
import { quoted } from '../../api/quoted';
import type { AdHocFilter } from '../model/variable';

/** `key|operator|value`, as the address has it; `__gfp__` stands for a pipe within. */
export function filterFromAddress(text: string): AdHocFilter[] {
  const [key, operator, value] = text.split('|').map((part) => part.replaceAll('__gfp__', '|').replaceAll('__gfc__', ','));
  return key === undefined || key === '' || operator === undefined ? [] : [{ key, operator, value: value ?? '' }];
}

export function filterToAddress({ key, operator, value }: AdHocFilter): string {
  return [key, operator, value].map((part) => part.replaceAll('|', '__gfp__').replaceAll(',', '__gfc__')).join('|');
}

/** Operators of matchers; others (`<`, `=|`) have no matcher in PromQL or LogQL. */
const OPERATORS = new Set(['=', '!=', '=~', '!~']);

function matcherText({ key, operator, value }: AdHocFilter): string {
  return `${key}${operator}${quoted(value)}`;
}

/** The query with the filters in each of its selectors. Comparisons, and `__name__`, are left out of it. */
export function withFilters(query: string, filters: readonly AdHocFilter[], language: 'promql' | 'logql'): string {
  const usable = filters.filter((filter) => filter.key !== '' && filter.key !== '__name__' && OPERATORS.has(filter.operator));
  if (usable.length === 0 || query.trim() === '') return query;
  const added = usable.map(matcherText).join(', ');
  const inserts: { at: number; text: string }[] = [];
  const tree = (language === 'promql' ? promql : logql).parse(query);
  tree.iterate({
    enter: (node) => {
      if (node.name === 'VectorSelector') {
        const matchers = node.node.getChild('LabelMatchers');
        if (matchers === null) inserts.push({ at: node.to, text: `{${added}}` });
        else inserts.push(inside(query, matchers.from, matchers.to, added));
      } else if (node.name === 'Selector') inserts.push(inside(query, node.from, node.to, added));
    },
  });
  return inserts.sort((a, b) => b.at - a.at).reduce((text, { at, text: insert }) => text.slice(0, at) + insert + text.slice(at), query);
}

/** Before the closing brace, after a comma where matchers stand already. */
function inside(query: string, from: number, to: number, added: string): { at: number; text: string } {
  const close = query.lastIndexOf('}', to - 1);
  const before = query.slice(from + 1, close).trim();
  return { at: close, text: before === '' || before.endsWith(',') ? added : `, ${added}` };
}
