import { UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { SIGNALS } from '../../api/triptych';
import type { SourcesStatus } from '../../api/triptych';
import classes from './Connect.module.css';
import { SnippetCard } from './SnippetCard';
import { hasArrived, snippetsFor } from './snippets';

/**
 * How to send something. Open while a signal has never arrived, and then for the rest of the visit, so that one sees it turn
 * green; afterwards one line to open it by.
 */
export function Connect({ status }: { status: SourcesStatus | undefined }) {
  const missing = status !== undefined && SIGNALS.some((signal) => status.signals[signal].lastReceivedUnixMs === null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (missing) setOpen(true);
  }, [missing]);
  return (
    <section className={`panel ${classes.connect}`} aria-label="Send data">
      <UnstyledButton disabled={status === undefined} className={classes.head} onClick={() => setOpen((before) => !before)} aria-expanded={open}>
        {open ? <IconChevronDown size={16} stroke={1.6} aria-hidden /> : <IconChevronRight size={16} stroke={1.6} aria-hidden />}
        <b>{missing ? 'Send your first data' : 'Send more data'}</b>
        <span className="dimmed">{missing ? 'Each turns green when its first record arrives.' : 'OpenTelemetry, scraping, log files'}</span>
      </UnstyledButton>
      {open && (
        <div className={classes.cards}>
          {snippetsFor(window.location.hostname, status).map((snippet) => (
            <SnippetCard key={snippet.key} snippet={snippet} arrived={hasArrived(snippet, status)} />
          ))}
        </div>
      )}
    </section>
  );
}
