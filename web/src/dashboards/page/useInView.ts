import { useEffect, useRef, useState } from 'react';

/** Whether an element is on the screen or nearly so. */
export function useInView<T extends HTMLElement>(): { ref: React.RefObject<T | null>; inView: boolean } {
  const ref = useRef<T>(null);
  const [inView, setInView] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (element === null || typeof IntersectionObserver === 'undefined') {
      setInView(true);
      return undefined;
    }
    const observer = new IntersectionObserver((entries) => setInView(entries.at(-1)!.isIntersecting), { root: document.getElementById('content'), rootMargin: '240px 0px' });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, inView };
}
