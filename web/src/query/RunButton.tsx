import { Button, Tooltip } from '@mantine/core';
import { IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import classes from './Query.module.css';

/** Answers that come sooner do not turn the button: it would only flicker. */
const PATIENCE_MS = 250;

const KEYS = typeof navigator !== 'undefined' && /Mac/.test(navigator.platform) ? '⌘ Enter' : 'Ctrl Enter';

interface Props {
  running: boolean;
  onRun: () => void;
  onStop: () => void;
  disabled?: boolean;
}

/** Runs the query, and stops it while it runs. */
export function RunButton({ running, onRun, onStop, disabled = false }: Props) {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    setSlow(false);
    if (!running) return undefined;
    const timer = setTimeout(() => setSlow(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [running]);
  if (running && slow) {
    return (
      <Button variant="default" className={classes.run} leftSection={<IconPlayerStop size={16} stroke={1.6} aria-hidden />} onClick={onStop}>
        Stop
      </Button>
    );
  }
  return (
    <Tooltip label={`Run the query (${KEYS})`}>
      <Button className={classes.run} leftSection={<IconPlayerPlay size={16} stroke={1.6} aria-hidden />} onClick={onRun} disabled={disabled}>
        Run
      </Button>
    </Tooltip>
  );
}
