/** Counts of values by bucket. */
export interface Buckets {
  size: number;
  from: number[];
  counts: number[][];
}

const MOST_BUCKETS = 200;

/** A round size that makes about as many buckets as wanted. */
export function bucketSize(min: number, max: number, wanted: number): number {
  const rough = (max - min) / Math.max(1, wanted);
  if (rough <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].map((m) => m * power).find((size) => size >= rough * 0.999) ?? rough;
}

/** How many of the values of each column lie in each bucket. */
export function bucketsOf(columns: readonly (readonly unknown[])[], size: number | null, offset: number, wanted: number): Buckets {
  const numbers = columns.map((values) => values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value)));
  const all = numbers.flat();
  if (all.length === 0) return { size: 1, from: [], counts: columns.map(() => []) };
  const min = all.reduce((a, b) => Math.min(a, b));
  const max = all.reduce((a, b) => Math.max(a, b));
  const least = (max - min) / MOST_BUCKETS;
  const width = Math.max(size !== null && size > 0 ? size : bucketSize(min, max, wanted), least);
  const first = Math.floor((min - offset) / width);
  const count = Math.floor((max - offset) / width) - first + 1;
  const counts = numbers.map((values) => {
    const made = new Array<number>(count).fill(0);
    for (const value of values) made[Math.min(count - 1, Math.max(0, Math.floor((value - offset) / width) - first))]!++;
    return made;
  });
  return { size: width, from: Array.from({ length: count }, (_, i) => Number(((first + i) * width + offset).toPrecision(12))), counts };
}
