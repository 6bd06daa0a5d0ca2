import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { PLACES } from './places';

/** How long after `g` the letter of a place is waited for. */
const SECOND_KEY_MS = 1500;

interface Actions {
  openPalette: () => void;
  openKeys: () => void;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Keys that work on every page: Ctrl/⌘ K, `?`, `/` (the page's own search field, else the palette), `g` and a letter. */
export function useShortcuts(actions: Actions): void {
  const navigate = useNavigate();
  const latest = useRef(actions);
  latest.current = actions;

  useEffect(() => {
    let afterG = 0;
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        latest.current.openPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      if (event.timeStamp < afterG) {
        afterG = 0;
        const place = PLACES.find((p) => p.key === event.key || (event.key === 'e' && p.key === 'm'));
        if (place) {
          event.preventDefault();
          void navigate({ to: place.to });
        }
        return;
      }
      if (event.key === 'g') afterG = event.timeStamp + SECOND_KEY_MS;
      else if (event.key === '?') latest.current.openKeys();
      else if (event.key === '/') {
        event.preventDefault();
        const field = document.querySelector<HTMLElement>('[data-page-search]');
        if (field) field.focus();
        else latest.current.openPalette();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate]);
}
