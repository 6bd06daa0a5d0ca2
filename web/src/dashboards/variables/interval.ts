import { parseDurationMs } from '../../time/range';

/** Distances that are offered, and the least one that is rounded to each: 13 s is 10 s, 17.5 s is 20 s. */
const ROUND_MS: readonly (readonly [below: number, roundedMs: number])[] = [
  [10, 1], [15, 10], [35, 20], [75, 50], [150, 100], [350, 200], [750, 500],
  [1500, 1000], [3500, 2000], [7500, 5000], [12_500, 10_000], [17_500, 15_000], [25_000, 20_000], [45_000, 30_000],
  [90_000, 60_000], [210_000, 120_000], [450_000, 300_000], [750_000, 600_000], [1_050_000, 900_000], [1_500_000, 1_200_000], [2_700_000, 1_800_000],
  [5_400_000, 3_600_000], [9_000_000, 7_200_000], [16_200_000, 10_800_000], [32_400_000, 21_600_000], [86_400_000, 43_200_000],
  [604_800_000, 86_400_000], [1_814_400_000, 604_800_000], [3_628_800_000, 2_592_000_000],
];

export function roundInterval(ms: number): number {
  return ROUND_MS.find(([below]) => ms < below)?.[1] ?? 31_536_000_000;
}

/** How often data arrives as a rule: what `$__rate_interval` reckons with. */
export const SCRAPE_MS = 15_000;

/** `15000` as `15s`, `90000` as `1m30s`: a duration as PromQL writes it. */
export function writeDuration(ms: number): string {
  let rest = Math.max(1, Math.round(ms));
  let text = '';
  for (const [unit, size] of [['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000], ['ms', 1]] as const) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

/** A least interval as it is written in a panel: `30s`, `>30s`; null when it is none. */
export function leastInterval(text: string): number | null {
  return parseDurationMs(text.trim().replace(/^>\s*/, ''));
}

export interface StepOptions {
  rangeMs: number;
  maxDataPoints: number;
  /** Of the target or the panel, variables replaced. */
  least: string;
  intervalFactor: number;
}

export interface Step {
  stepMs: number;
  /** `$__interval`, `$__rate_interval` as durations. */
  interval: string;
  rateInterval: string;
}

/** The distance of points for a panel of this many points, and what the built-in variables stand for at it. */
export function stepFor({ rangeMs, maxDataPoints, least, intervalFactor }: StepOptions): Step {
  const own = leastInterval(least);
  const leastMs = own ?? SCRAPE_MS;
  const interval = Math.max(roundInterval(rangeMs / Math.max(1, maxDataPoints)), leastMs);
  // No server answers more than 11 000 points a series.
  const stepMs = Math.max(interval * Math.max(1, intervalFactor), roundUpSeconds(rangeMs / 11_000));
  return { stepMs, interval: writeDuration(stepMs), rateInterval: writeDuration(Math.max(stepMs + leastMs, 4 * leastMs)) };
}

function roundUpSeconds(ms: number): number {
  return ms <= 1000 ? ms : Math.ceil(ms / 1000) * 1000;
}
