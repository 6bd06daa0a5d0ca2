import { IconLayoutDashboard } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import controls from '../../controls/Controls.module.css';
import type { NewPanel } from './addPanel';

const AddToDashboard = lazy(() => import('./AddToDashboard'));

/** The button that adds what is asked to a dashboard, and its form while it is open. */
export function useAddToDashboard(panel: Omit<NewPanel, 'title'>) {
  const [isOpen, setOpen] = useState(false);
  const button = (
    <button type="button" className={controls.button} aria-pressed={isOpen} aria-label="Add to a dashboard" onClick={() => setOpen(!isOpen)} title="Add to a dashboard">
      <IconLayoutDashboard size={16} stroke={1.6} aria-hidden />
    </button>
  );
  const form = isOpen ? (
    <Suspense fallback={null}>
      <AddToDashboard panel={panel} />
    </Suspense>
  ) : null;
  return { button, form };
}
