import { describe, expect, it } from 'vitest';
import { safeHref } from './safeHref';

describe('safeHref', () => {
  it.each(['/d/a', 'https://a.example/?b=c', 'mailto:a@b.example', '#x'])('takes %s', (url) => expect(safeHref(url)).toBe(url));
  it.each(['javascript:alert(1)', 'java\tscript:alert(1)', '\u0001javascript:alert(1)', ' JavaScript:alert(1)', 'data:text/html,x', ''])('refuses %j', (url) => expect(safeHref(url)).toBeNull());
});
