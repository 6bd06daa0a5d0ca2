import { IconZoomCode } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import type { ComponentProps } from 'react';
import type { Inspector as InspectorType } from './Inspector';
import controls from '../../controls/Controls.module.css';

const Inspector = lazy(async () => ({ default: (await import('./Inspector')).Inspector }));

/** The button that opens the inspector, and the inspector while it is open. */
export function useInspect(props: ComponentProps<typeof InspectorType>) {
  const [isOpen, setOpen] = useState(false);
  const button = (
    <button type="button" className={controls.button} aria-pressed={isOpen} onClick={() => setOpen(!isOpen)} title="Times, bytes, what the server read, the request and the answer">
      <IconZoomCode size={16} stroke={1.6} aria-hidden /> Inspect
    </button>
  );
  const panel = isOpen ? (
    <Suspense fallback={null}>
      <Inspector {...props} />
    </Suspense>
  ) : null;
  return { button, panel };
}

/** The exchange to inspect: of the failure where the last request failed. */
export function exchangeOf(error: unknown, good: InspectorProps['exchange'] | undefined): InspectorProps['exchange'] {
  if (error instanceof Error && 'exchange' in error && error.exchange) return error.exchange as NonNullable<InspectorProps['exchange']>;
  return good ?? null;
}

type InspectorProps = ComponentProps<typeof InspectorType>;
