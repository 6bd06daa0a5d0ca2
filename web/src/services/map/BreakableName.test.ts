import { describe, expect, it } from 'vitest';
import { namePieces } from './BreakableName';

describe('names on the map', () => {
  it.each([
    ['bank.example', ['bank.', 'example']],
    ['pricing-service', ['pricing-', 'service']],
    ['postgres://orders', ['postgres://', 'orders']],
    ['gateway', ['gateway']],
    ['.hidden..name_', ['.', 'hidden..', 'name_']],
    ['', ['']],
  ])('%s may break after its signs', (name, pieces) => expect(namePieces(name)).toEqual(pieces));
  it('loses nothing', () => expect(namePieces('a.b-c_d/e:f@g..h--').join('')).toBe('a.b-c_d/e:f@g..h--'));
});
