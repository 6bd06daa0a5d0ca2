import type { DataFrame } from '../../frames/frame';

/** A series in a cell, with the one number that stands for it. */
export type FrameValue = DataFrame & { value: unknown };

export function isFrameValue(value: unknown): value is FrameValue {
  return typeof value === 'object' && value !== null && 'fields' in value && Array.isArray((value as FrameValue).fields);
}
