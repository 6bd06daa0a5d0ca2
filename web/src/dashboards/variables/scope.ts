import type { Scope, Value } from './interpolate';
import type { Resolved } from './resolveVariables';
import { valueOf } from './resolveVariables';
import { roundInterval, SCRAPE_MS, writeDuration } from './interval';
import type { Step } from './interval';
import { parseDurationMs } from '../../time/range';
import type { Option } from '../model/variable';

export const single = (value: string, text = value): Value => ({ values: [value], texts: [text], multi: false });

export interface BuiltIn {
  startMs: number;
  endMs: number;
  dashboard: string;
  step?: Step;
}

/** The variables that every dashboard has. */
export function builtInScope({ startMs, endMs, dashboard, step }: BuiltIn): Scope {
  const seconds = Math.max(1, Math.round((endMs - startMs) / 1000));
  return (name) => {
    switch (name) {
      case '__from':
        return single(String(Math.round(startMs)));
      case '__to':
        return single(String(Math.round(endMs)));
      case '__range':
        return single(`${seconds}s`);
      case '__range_s':
        return single(String(seconds));
      case '__range_ms':
        return single(String(Math.round(endMs - startMs)));
      case '__dashboard':
        return { ...single(dashboard), fields: { name: dashboard } };
      case '__timezone':
        return single(Intl.DateTimeFormat().resolvedOptions().timeZone);
      case '__url_time_range':
        return single(`from=${Math.round(startMs)}&to=${Math.round(endMs)}`);
      case '__org':
        return { ...single('1'), fields: { name: 'Main' } };
      case '__interval':
        return single(step?.interval ?? writeDuration(Math.max(SCRAPE_MS, roundInterval((endMs - startMs) / 1000))));
      case '__interval_ms':
        return step === undefined ? undefined : single(String(step.stepMs));
      case '__rate_interval':
        return single(step?.rateInterval ?? '1m');
      case '__rate_interval_ms':
        return single(String(parseDurationMs(step?.rateInterval ?? '1m')));
      case '__auto':
        return single(step?.interval ?? '1m');
      default:
        return undefined;
    }
  };
}

/** Values of one repetition of a panel or row, by variable. */
export type Scoped = Readonly<Record<string, Option>>;

/** Repetition first, then what is chosen, then what is built in. */
export function scopeOf(resolved: readonly Resolved[], scoped: Scoped, builtIn: Scope): Scope {
  const byName = new Map(resolved.map((one) => [one.variable.name, one]));
  const scope: Scope = (name) => {
    const here = scoped[name];
    const found = byName.get(name);
    if (here !== undefined) return { values: [here.value], texts: [here.text], multi: found !== undefined && (found.variable.multi || found.variable.includeAll) };
    if (found !== undefined && found.variable.type !== 'adhoc') return valueOf(found);
    if (name === '__all_variables') return single(resolved.flatMap((one) => one.choice.values.map((value) => `var-${one.variable.name}=${encodeURIComponent(value)}`)).join('&'));
    return builtIn(name);
  };
  return scope;
}
