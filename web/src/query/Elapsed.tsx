import { useEffect, useState } from 'react';
import { formatMillis } from '../format/duration';

/** Counts the time of a running query, from when it is first shown. Silent for the first moments: most answers are faster. */
export function Elapsed() {
  const [ms, setMs] = useState(0);
  useEffect(() => {
    const began = performance.now();
    const timer = setInterval(() => setMs(performance.now() - began), 100);
    return () => clearInterval(timer);
  }, []);
  return <span className="num">{ms < 200 ? 'Running' : `Running for ${formatMillis(Math.floor(ms / 100) * 100)}`}</span>;
}
