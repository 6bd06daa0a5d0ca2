import { formatSeconds } from './duration';
import { formatBytes, formatPercent, formatSi, significant } from './number';

/** What a value measures; decides how it is written. */
export type Unit = 'none' | 'bytes' | 'bytesPerSecond' | 'seconds' | 'ratio' | 'perSecond' | 'celsius' | 'hertz' | 'volts' | 'amperes' | 'joules' | 'watts' | 'meters';

export const UNIT_NAMES: Readonly<Record<Unit, string>> = {
  none: 'number',
  bytes: 'bytes',
  bytesPerSecond: 'bytes/s',
  seconds: 'duration',
  ratio: 'per cent',
  perSecond: 'per second',
  celsius: '°C',
  hertz: 'Hz',
  volts: 'volts',
  amperes: 'amperes',
  joules: 'joules',
  watts: 'watts',
  meters: 'metres',
};

export function isUnit(text: string): text is Unit {
  return Object.hasOwn(UNIT_NAMES, text);
}

export function formatValue(value: number, unit: Unit, digits = 3): string {
  switch (unit) {
    case 'bytes':
      return formatBytes(value, '', digits);
    case 'bytesPerSecond':
      return formatBytes(value, '/s', digits);
    case 'seconds':
      return formatSeconds(value, digits);
    case 'ratio':
      return formatPercent(value, digits);
    case 'perSecond':
      return formatSi(value, '/s', digits);
    case 'celsius':
      return `${significant(value, digits)}\u00a0°C`;
    case 'hertz':
      return formatSi(value, 'Hz', digits);
    case 'volts':
      return formatSi(value, 'V', digits);
    case 'amperes':
      return formatSi(value, 'A', digits);
    case 'joules':
      return formatSi(value, 'J', digits);
    case 'watts':
      return formatSi(value, 'W', digits);
    case 'meters':
      return formatSi(value, 'm', digits);
    case 'none':
      return formatSi(value, '', digits);
  }
}

/**
 * Values between which a chart draws its grid lines: multiples that are round in the unit (binary for bytes, 1-2-5 else,
 * 60s for durations of minutes).
 */
export function gridSteps(unit: Unit): number[] {
  const steps: number[] = [];
  if (unit === 'bytes' || unit === 'bytesPerSecond') {
    for (let power = 0; power <= 50; power += 10) for (const m of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]) steps.push(m * 2 ** power);
    return [0.1, 0.2, 0.5, ...steps];
  }
  const top = unit === 'seconds' ? 1 : 15;
  for (let power = -12; power <= top; power++) for (const m of [1, 2, 2.5, 5]) steps.push(Number(`${m}e${power}`));
  if (unit === 'seconds') {
    const small = steps.filter((s) => s < 60);
    return [...small, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000, 8_640_000, 86_400_000];
  }
  return steps;
}

/** The unit that a metric's name ends in, `_total` and the like left aside: `http_request_duration_seconds_bucket` has `seconds`. */
export function unitOfMetricName(name: string): Unit {
  const base = name.replace(/_(total|sum|bucket|created)$/, '');
  // Tempo's name for what the server counts from spans says no unit.
  if (base === 'traces_spanmetrics_latency') return 'seconds';
  const suffix = /_([a-z]+)$/.exec(base)?.[1] ?? '';
  return NAMED_UNITS.has(suffix as Unit) ? (suffix as Unit) : 'none';
}

const NAMED_UNITS: ReadonlySet<Unit> = new Set<Unit>(['bytes', 'seconds', 'ratio', 'celsius', 'hertz', 'volts', 'amperes', 'joules', 'watts', 'meters']);

/** Labels of a chart's axis: as many digits as it takes to tell neighbours apart. */
export function axisLabels(values: readonly number[], unit: Unit): string[] {
  for (let digits = 3; ; digits++) {
    const labels = values.map((value) => formatValue(value, unit, digits));
    if (digits >= 8 || labels.every((label, i) => i === 0 || label !== labels[i - 1])) return labels;
  }
}
