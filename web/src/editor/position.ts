import type { QueryPosition } from '../api/http';

/** The index in a text of a line and column that count from 1; at most its length. */
export function offsetOf(text: string, { line, column }: QueryPosition): number {
  const lines = text.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return Math.min(before + Math.max(0, column - 1), text.length);
}

/** The line that a position is in and the index there, for showing it with a mark under it. */
export function excerptAt(text: string, { line, column }: QueryPosition): { line: string; at: number } | null {
  const found = text.split('\n')[line - 1];
  return found === undefined || found === '' ? null : { line: found, at: Math.min(Math.max(0, column - 1), found.length) };
}
