import { useState } from 'react';
import classes from './Controls.module.css';

/** Copies and says so; where the browser forbids it, it says that instead. */
export function CopyButton({ text, label, what }: { text: string; label: string; /** What is copied, for screen readers. */ what?: string }) {
  const [state, setState] = useState<'idle' | 'done' | 'failed'>('idle');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState('done');
    } catch {
      setState('failed');
    }
    setTimeout(() => setState('idle'), 1500);
  };
  return (
    <button type="button" className={classes.copy} onClick={() => void copy()} aria-label={what === undefined || state !== 'idle' ? undefined : `${label} ${what}`}>
      {state === 'idle' ? label : state === 'done' ? 'Copied' : 'Not allowed'}
    </button>
  );
}
