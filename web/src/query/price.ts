import type { Price } from '../api/operations';
import { formatBytes, formatCount, formatSi } from '../format/number';

/** A query that may read as much as this is dear: seconds of work. */
const DEAR_BYTES = 1024 ** 3;

const HOLDERS = { samples: 'series', lines: 'streams', spans: null } as const;

export function isDear(price: Price): boolean {
  return price.readBytes >= DEAR_BYTES;
}

/** The price in a few words: `reads ≤ 1.2 MiB, 3 series, 1.2 k samples`. */
export function priceText(price: Price): string {
  const holders = HOLDERS[price.items];
  const rows = price.rows + price.memoryRows;
  if (price.scans === 0) return 'reads nothing';
  if (rows === 0 && price.blocks === 0 && price.series === 0) return 'finds nothing in this range';
  return [
    price.readBytes === 0 ? 'in memory' : `reads ≤ ${formatBytes(price.readBytes)}`,
    ...(holders === null ? [] : [`${formatSi(price.series)} ${holders}`]),
    `≤ ${formatSi(rows)} ${price.items}`,
  ].join(', ');
}

/** All of it, for a hint. */
export function priceTitle(price: Price): string {
  const holders = HOLDERS[price.items];
  const inMemory = `${holders === null ? '' : `${formatCount(price.memorySeries)} ${holders}, `}${formatCount(price.memoryRows)} ${price.items}`;
  return [
    'What the query would read at most, told by the catalog and the indexes of blocks:',
    `${formatBytes(price.readBytes)} of ${formatCount(price.blocks)} blocks (${formatBytes(price.blockBytes)} as a whole), ${formatCount(price.rows)} ${price.items}`,
    `in memory: ${inMemory}`,
    ...price.notes,
  ].join('\n');
}
