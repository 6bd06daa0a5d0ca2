import { splitUnescaped } from './split';
import { ALL } from '../model/variable';
import type { Choice, Option, Variable } from '../model/variable';

/** A list as custom variables write it: `a, b, text : value`; `\,` is a comma. JSON lists of texts or of `{text, value}` too. */
export function customOptions(query: string): Option[] {
  const text = query.trim();
  if (text.startsWith('[')) {
    try {
      const list = JSON.parse(text) as unknown[];
      if (Array.isArray(list)) return list.map((one) => (typeof one === 'object' && one !== null ? { text: String((one as Option).text ?? (one as Option).value), value: String((one as Option).value) } : { text: String(one), value: String(one) }));
    } catch {
      // Not JSON after all: a list of words that begins with a bracket.
    }
  }
  return splitUnescaped(query).map((one) => {
    const pair = /^\s*(.+)\s:\s(.+)$/.exec(one);
    return pair ? { text: pair[1]!.trim(), value: pair[2]!.trim() } : { text: one, value: one };
  });
}

/** `/pattern/flags` or the bare pattern; null when it cannot be read. */
export function regexOf(text: string): RegExp | null {
  const delimited = /^\/(.*)\/([gimsuy]*)$/s.exec(text);
  try {
    return delimited ? new RegExp(delimited[1]!, delimited[2]) : new RegExp(`^${text}$`);
  } catch {
    return null;
  }
}

/**
 * What a variable's pattern makes of the values: those that match; of each the first group, or the groups named `text` and `value`.
 */
export function filtered(values: readonly Option[], pattern: string): Option[] {
  const regex = pattern === '' ? null : regexOf(pattern);
  const found: Option[] = [];
  const seen = new Set<string>();
  for (const option of values) {
    let made: Option[] = [option];
    if (regex !== null) {
      const global = regex.global ? [...option.text.matchAll(regex)] : [regex.exec(option.text)].filter((match) => match !== null);
      if (global.length === 0) continue;
      made = global.map((match) => {
        const value = match.groups?.['value'] ?? match.groups?.['text'] ?? match[1] ?? option.value;
        return { value, text: match.groups?.['text'] ?? match.groups?.['value'] ?? match[1] ?? option.text };
      });
    }
    for (const one of made) {
      if (seen.has(one.value)) continue;
      seen.add(one.value);
      found.push(one);
    }
  }
  return found;
}

/** 1 and 2 by letters, 3 and 4 by the number within, 5 and 6 by letters of any case, 7 and 8 natural; even ones fall. */
export function sorted(options: readonly Option[], order: number): Option[] {
  if (order <= 0) return [...options];
  const number = (option: Option) => Number(/\d+/.exec(option.text)?.[0] ?? -1);
  const compare: Readonly<Record<number, (a: Option, b: Option) => number>> = {
    1: (a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0),
    3: (a, b) => number(a) - number(b),
    5: (a, b) => a.text.toLowerCase().localeCompare(b.text.toLowerCase()),
    7: (a, b) => a.text.localeCompare(b.text, 'en', { numeric: true, sensitivity: 'base' }),
  };
  const ascending = [...options].sort(compare[order % 2 === 1 ? order : order - 1] ?? (() => 0));
  return order % 2 === 0 ? ascending.reverse() : ascending;
}

/**
 * What is chosen of the options: what the address says; else what the dashboard says, when it is (still) there; else the first.
 * Values of texts are taken as they are.
 */
export function chosen(variable: Variable, options: readonly Option[], fromAddress: readonly string[] | null): Choice {
  const wanted = fromAddress ?? variable.current.values;
  if (variable.includeAll && (wanted.includes(ALL) || (wanted.length === 1 && wanted[0] === 'All' && !options.some((o) => o.value === 'All')))) return { values: [ALL], texts: ['All'] };
  const known = wanted.flatMap((value) => options.find((option) => option.value === value) ?? options.find((option) => option.text === value) ?? (fromAddress === null || value === '' ? [] : { text: value, value }));
  const kept = variable.multi ? known : known.slice(0, 1);
  if (kept.length > 0) return { values: kept.map((option) => option.value), texts: kept.map((option) => option.text) };
  if (variable.includeAll && !variable.current.values.some((value) => value !== '')) return { values: [ALL], texts: ['All'] };
  const first = options[0];
  if (first !== undefined) return { values: [first.value], texts: [first.text] };
  return variable.includeAll ? { values: [ALL], texts: ['All'] } : { values: [], texts: [] };
}
