import { IconHistory } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import controls from '../../controls/Controls.module.css';
import type { QuerySignal } from './queryStore';

const QueryHistory = lazy(() => import('./QueryHistory'));

/** The button that opens the queries run before, and their list while it is open. */
export function useHistoryPanel(signal: QuerySignal, query: string, onRun: (query: string) => void) {
  const [isOpen, setOpen] = useState(false);
  const toggle = () => setOpen(!isOpen);
  const button = (
    <button type="button" className={controls.button} aria-pressed={isOpen} aria-label="History" onClick={toggle} title="Queries run before and saved ones">
      <IconHistory size={16} stroke={1.6} aria-hidden />
    </button>
  );
  const panel = isOpen ? (
    <Suspense fallback={null}>
      <QueryHistory signal={signal} query={query} onRun={onRun} />
    </Suspense>
  ) : null;
  return { button, panel, isOpen, toggle };
}
