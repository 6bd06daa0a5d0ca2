/** Significant digits (three unless told), without trailing zeros: `1.24`, `0.0312`, `340`. */
export function significant(value: number, digits = 3): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 10 ** digits) return String(Math.round(value));
  if (size < 1e-6) return value.toExponential(digits - 1);
  return String(Number(value.toPrecision(digits)));
}

const SI: readonly [number, string][] = [
  [1e15, 'P'],
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];
const BINARY: readonly [number, string][] = [
  [2 ** 50, 'Pi'],
  [2 ** 40, 'Ti'],
  [2 ** 30, 'Gi'],
  [2 ** 20, 'Mi'],
  [2 ** 10, 'Ki'],
];

function special(value: number): string | null {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '−Inf';
  return null;
}

function minus(text: string): string {
  return text.startsWith('-') ? `−${text.slice(1)}` : text;
}

/** A number with SI prefix: `1.24 k`, `52.1 M`. Prefix and unit are set apart from the number by a space that does not break. */
export function formatSi(value: number, unit = '', digits = 3): string {
  return scaled(value, unit, SI, digits);
}

/** Bytes with binary prefix: `1.24 KiB`, `3.5 GiB`. */
export function formatBytes(value: number, per = '', digits = 3): string {
  return scaled(value, `B${per}`, BINARY, digits);
}

function scaled(value: number, unit: string, prefixes: readonly [number, string][], digits: number): string {
  const odd = special(value);
  if (odd !== null) return odd;
  // A value that rounds up to the next prefix takes it: 999 999 is 1 M, not 1000 k.
  const size = Math.abs(value) * (1 + 0.5 * 10 ** -digits);
  const found = prefixes.find(([factor]) => size >= factor);
  const text = minus(significant(found ? value / found[0] : value, digits));
  const suffix = `${found?.[1] ?? ''}${unit}`;
  return suffix === '' ? text : `${text}\u00a0${suffix}`;
}

/** A whole number with thin spaces between thousands: `12 345 678`. */
export function formatCount(value: number): string {
  return minus(Math.round(value).toString()).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}

/** A share of one as per cent: `12.3 %`. */
export function formatPercent(ratio: number, digits = 3): string {
  return special(ratio) ?? `${minus(significant(ratio * 100, digits))}\u00a0%`;
}
