/** Queries that were run, newest first. A convenience of this browser: nothing depends on it. */
const KEY = 'triptych.history.metrics';
const MOST = 50;

export function readHistory(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === 'string') : [];
  } catch {
    // Storage is switched off, or holds something else: no history.
    return [];
  }
}

export function remember(expression: string): void {
  const text = expression.trim();
  if (text === '') return;
  try {
    localStorage.setItem(KEY, JSON.stringify([text, ...readHistory().filter((one) => one !== text)].slice(0, MOST)));
  } catch {
    // No room or not allowed: the query runs all the same.
  }
}
