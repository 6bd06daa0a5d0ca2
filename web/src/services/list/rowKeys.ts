import type { KeyboardEvent } from 'react';

/** Moves the focus among the rows' links by arrow keys, Home and End; Enter then follows the link by itself. */
export function walkRows(event: KeyboardEvent<HTMLElement>): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-row-link]')];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1, PageDown: at + 15, PageUp: at - 15 };
  const to = moves[event.key];
  if (to === undefined || links.length === 0) return;
  event.preventDefault();
  links[Math.max(0, Math.min(links.length - 1, to))]!.focus();
}
