import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/http';
import { failureOf } from './failureOf';

const refused = new ApiError('1:3: unexpected end', 400, 'bad_data', { line: 1, column: 3 });

describe('failureOf', () => {
  it('marks the place that the server named', () => expect(failureOf(refused, 'up{', 'up{')).toEqual({ position: { line: 1, column: 3 }, message: '1:3: unexpected end' }));
  it('marks nothing once the text has changed', () => expect(failureOf(refused, 'up{}', 'up{')).toBeNull());
  it('marks nothing for an error without a place', () => expect(failureOf(new ApiError('down', 0, 'unreachable'), 'up', 'up')).toBeNull());
  it('marks nothing without an error', () => expect(failureOf(null, 'up', 'up')).toBeNull());
});
