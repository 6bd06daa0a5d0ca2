import { useEffect, useState } from 'react';

/** Seconds since a start, counting. Stays out of the way for the first moments, so that quick answers do not flicker. */
export function Elapsed({ since }: { since: number }) {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 100);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, now - since) / 1000;
  return <span style={{ fontVariantNumeric: 'tabular-nums' }}>{seconds < 0.3 ? '' : `${seconds.toFixed(1)} s`}</span>;
}
