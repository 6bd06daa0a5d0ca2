import type { DerivedField } from '../../api/uiSettings';
import { asTraceId } from '../parse/traceIds';
import type { LogRow } from '../query/lokiAnswer';

/** A link out of a log line. */
export interface DerivedLink {
  name: string;
  /** What it says. */
  text: string;
  value: string;
  target: { kind: 'trace'; traceId: string } | { kind: 'service'; service: string } | { kind: 'query'; to: '/explore/traces' | '/explore/logs' | '/explore/metrics'; query: string } | { kind: 'address'; href: string };
}

const PAGES = { traces: '/explore/traces', logs: '/explore/logs', metrics: '/explore/metrics' } as const;
/** Searching more of a line than this for each field would be felt. */
const MOST_CHARS = 16_384;
const VALUE = /\$\{__value\.(?:raw|text)\}/g;

/** The links of a line, in the order of the configuration. A field whose expression a browser does not take is named in `problems`. */
export function derivedLinks(row: Pick<LogRow, 'line' | 'stream' | 'metadata' | 'parsed'>, fields: readonly DerivedField[]): { links: DerivedLink[]; problems: string[] } {
  const links: DerivedLink[] = [];
  const problems: string[] = [];
  for (const field of fields) {
    let expression: RegExp;
    try {
      expression = new RegExp(field.matcherType === 'label' ? `^(?:${field.matcherRegex})$` : field.matcherRegex);
    } catch (error) {
      problems.push(`Derived field ${field.name}: ${(error as Error).message}`);
      continue;
    }
    const value = field.matcherType === 'label' ? labelValue(row, expression) : lineValue(row.line, expression);
    const target = value === null ? null : targetOf(field, value);
    if (value !== null && target !== null) links.push({ name: field.name, text: field.urlDisplayLabel || value, value, target });
  }
  return { links, problems };
}

function lineValue(line: string, expression: RegExp): string | null {
  const match = expression.exec(line.slice(0, MOST_CHARS));
  const value = match?.[1] ?? match?.[0] ?? '';
  return value === '' ? null : value;
}

function labelValue({ stream, metadata, parsed }: Pick<LogRow, 'stream' | 'metadata' | 'parsed'>, expression: RegExp): string | null {
  for (const labels of [parsed, metadata, stream]) {
    for (const [name, value] of Object.entries(labels)) if (value !== '' && expression.test(name)) return value;
  }
  return null;
}

function targetOf({ internal, url }: DerivedField, value: string): DerivedLink['target'] | null {
  switch (internal) {
    case 'trace': {
      const traceId = asTraceId(value);
      return traceId === null ? null : { kind: 'trace', traceId };
    }
    case 'service':
      return { kind: 'service', service: value };
    case null: {
      const href = url.replace(VALUE, encodeURIComponent(value));
      // What a log line holds must never become a script or another server's page under our name.
      return /^(https?:\/\/|\/(?!\/))/i.test(href) ? { kind: 'address', href } : null;
    }
    default:
      // Within a query the value mostly stands between quotes.
      return { kind: 'query', to: PAGES[internal], query: url.replace(VALUE, () => value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')) };
  }
}
