/** A calculation over a column that comes to one value: Grafana's ids. */
export const REDUCERS: Readonly<Record<string, string>> = {
  lastNotNull: 'Last *',
  last: 'Last',
  firstNotNull: 'First *',
  first: 'First',
  min: 'Min',
  max: 'Max',
  mean: 'Mean',
  median: 'Median',
  variance: 'Variance',
  stdDev: 'StdDev',
  sum: 'Total',
  count: 'Count',
  range: 'Range',
  delta: 'Delta',
  step: 'Step',
  diff: 'Difference',
  diffperc: 'Difference percent',
  logmin: 'Min (above zero)',
  allIsZero: 'All zeros',
  allIsNull: 'All nulls',
  changeCount: 'Change count',
  distinctCount: 'Distinct count',
  allValues: 'All values',
  uniqueValues: 'All unique values',
  countNonNull: 'Count non-null',
};

export function reducerName(id: string): string {
  return REDUCERS[id] ?? (/^p\d\d?$/.test(id) ? `${id.slice(1)}th %` : id);
}

/** What a calculation makes of the values; null where there is nothing to calculate with. An id that is not known is the last value. */
export function reduceValues(values: readonly unknown[], id: string): unknown {
  const there = values.filter((value) => value !== null && value !== undefined && !(typeof value === 'number' && Number.isNaN(value)));
  const numbers = there.filter((value): value is number => typeof value === 'number');
  const sum = () => numbers.reduce((total, value) => total + value, 0);
  const edge = (pick: (a: number, b: number) => boolean) => numbers.reduce<number | null>((best, value) => (best === null || pick(value, best) ? value : best), null);
  const percentile = /^p(\d\d?)$/.exec(id);
  if (percentile) return quantile(numbers, Number(percentile[1]) / 100);
  switch (id) {
    case 'last':
      return values.at(-1) ?? null;
    case 'first':
      return values[0] ?? null;
    case 'firstNotNull':
      return there[0] ?? null;
    case 'min':
      return edge((a, b) => a < b);
    case 'max':
      return edge((a, b) => a > b);
    case 'mean':
      return numbers.length === 0 ? null : sum() / numbers.length;
    case 'median':
      return quantile(numbers, 0.5);
    case 'variance':
    case 'stdDev': {
      if (numbers.length === 0) return null;
      const mean = sum() / numbers.length;
      const variance = numbers.reduce((total, value) => total + (value - mean) ** 2, 0) / numbers.length;
      return id === 'variance' ? variance : Math.sqrt(variance);
    }
    case 'sum':
      return numbers.length === 0 ? null : sum();
    case 'count':
      return values.length;
    case 'countNonNull':
      return there.length;
    case 'range':
      return numbers.length === 0 ? null : edge((a, b) => a > b)! - edge((a, b) => a < b)!;
    case 'diff':
      return numbers.length < 2 ? (numbers.length === 0 ? null : 0) : numbers.at(-1)! - numbers[0]!;
    case 'diffperc':
      return numbers.length < 2 || numbers[0] === 0 ? null : (numbers.at(-1)! - numbers[0]!) / numbers[0]!;
    case 'delta':
      // A fall is a counter that began anew.
      return numbers.length === 0 ? null : numbers.reduce((total, value, i) => total + (i === 0 ? 0 : value >= numbers[i - 1]! ? value - numbers[i - 1]! : value), 0);
    case 'step':
      return numbers.slice(1).reduce<number | null>((best, value, i) => (best === null || value - numbers[i]! < best ? value - numbers[i]! : best), null);
    case 'logmin':
      return numbers.filter((value) => value > 0).reduce<number | null>((best, value) => (best === null || value < best ? value : best), null);
    case 'allIsZero':
      return numbers.length > 0 && numbers.every((value) => value === 0);
    case 'allIsNull':
      return there.length === 0;
    case 'changeCount':
      return there.slice(1).filter((value, i) => value !== there[i]).length;
    case 'distinctCount':
      return new Set(there).size;
    case 'allValues':
      return there;
    case 'uniqueValues':
      return [...new Set(there)];
    default:
      return there.at(-1) ?? null;
  }
}

function quantile(numbers: readonly number[], share: number): number | null {
  if (numbers.length === 0) return null;
  const ascending = [...numbers].sort((a, b) => a - b);
  const at = share * (ascending.length - 1);
  const low = ascending[Math.floor(at)]!;
  return low + (ascending[Math.ceil(at)]! - low) * (at - Math.floor(at));
}
