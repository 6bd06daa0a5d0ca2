import { describe, expect, it } from 'vitest';
import { detectLevel, levelOf } from './level';

describe('detectLevel', () => {
  it.each([
    ['level=error msg=x', 'error'],
    ['{"level":"warning"}', 'warn'],
    ['{"level":30,"time":1}', 'info'],
    ['{"level":50,"time":1}', 'error'],
    ['2026-01-01 12:00:00 ERROR boom', 'error'],
    ['[debug] cache miss', 'debug'],
    ['severity=Critical', 'error'],
    ['all is well, no errors', 'unknown'],
    ['', 'unknown'],
  ])('reads %j as %s', (line, level) => expect(detectLevel(line)).toBe(level));

  it('trusts labels before text, and detected_level most', () => {
    expect(detectLevel('ERROR', { level: 'info' })).toBe('info');
    expect(detectLevel('x', { level: 'info' }, { detected_level: 'error' })).toBe('error');
  });

  it('knows the severity texts of OpenTelemetry', () => {
    expect(levelOf('WARN2')).toBe('warn');
    expect(levelOf('unheard of')).toBeNull();
  });
});
