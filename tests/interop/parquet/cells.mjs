// A row of cells as JSON, the same from every reader: 64-bit integers as text, floating-point numbers as the hexadecimal digits of their
// eight bytes (NaNs as one), bytes as hexadecimal digits.
const canonicalNaN = '000000000000f8ff';

function floatCell(value) {
  if (Number.isNaN(value)) return canonicalNaN;
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes.toString('hex');
}

// Which columns hold floating-point numbers cannot be told from a value such as 1: the schema says.
export function cell(value, isFloat) {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((item) => cell(item, isFloat));
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return isFloat ? floatCell(value) : value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'object' && value.items) return value.items.map((item) => cell(item, isFloat));
  if (typeof value === 'object' && value.bytes) return Buffer.from(value.bytes).toString('hex');
  return value;
}
