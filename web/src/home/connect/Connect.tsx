import { Button, CopyButton, UnstyledButton } from '@mantine/core';
import { IconCheck, IconChevronDown, IconChevronRight, IconCircleCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { SIGNALS } from '../../api/triptych';
import type { SourcesStatus } from '../../api/triptych';
import classes from './Connect.module.css';
import { hasArrived, snippetsFor } from './snippets';
import type { Snippet } from './snippets';

/**
 * How to send something. Open while a signal has never arrived, and then for the rest of the visit, so that one sees it turn
 * green; afterwards one line to open it by.
 */
export function Connect({ status }: { status: SourcesStatus | undefined }) {
  const missing = status !== undefined && SIGNALS.some((signal) => status.signals[signal].lastReceivedUnixMs === null);
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<Snippet['key']>('otel');
  useEffect(() => {
    if (missing) setOpen(true);
  }, [missing]);
  const snippets = snippetsFor(window.location.hostname, status);
  const snippet = snippets.find(({ key }) => key === chosen)!;
  return (
    <section className={`panel ${classes.connect}`} aria-label="Send data">
      <UnstyledButton disabled={status === undefined} className={classes.head} onClick={() => setOpen((before) => !before)} aria-expanded={open}>
        {open ? <IconChevronDown size={16} stroke={1.6} aria-hidden /> : <IconChevronRight size={16} stroke={1.6} aria-hidden />}
        <b>{missing ? 'Send your first data' : 'Send more data'}</b>
        <span className={`dimmed ${classes.hint}`}>{missing ? 'Each way turns green when its first record arrives.' : 'OpenTelemetry, scraping, remote write, log files, PM2, Promtail'}</span>
      </UnstyledButton>
      {open && (
        <div className={classes.ways}>
          <ul className={classes.list}>
            {snippets.map((one) => {
              const arrived = hasArrived(one, status);
              return (
                <li key={one.key}>
                  <button type="button" className={classes.way} aria-pressed={one.key === chosen} onClick={() => setChosen(one.key)} data-snippet={one.key} data-arrived={arrived}>
                    <span className={classes.mark}>{arrived ? <IconCircleCheck size={16} stroke={1.8} aria-hidden /> : <i aria-hidden />}</span>
                    <b>{one.title}</b>
                    <span className={classes.says}>{one.says}</span>
                    {arrived && <span className="visually-hidden">, arrives</span>}
                  </button>
                </li>
              );
            })}
          </ul>
          <SnippetText snippet={snippet} arrived={hasArrived(snippet, status)} />
        </div>
      )}
    </section>
  );
}

/** What to copy, where it goes, and whether it has worked. */
function SnippetText({ snippet, arrived }: { snippet: Snippet; arrived: boolean }) {
  return (
    <div className={classes.snippet}>
      <p>
        <span className="dimmed">{snippet.where}</span>
        <span className={classes.state} role="status" data-arrived={arrived}>
          {arrived ? snippet.arrived : 'Waiting for the first record'}
        </span>
      </p>
      <div className={classes.code}>
        <pre>{snippet.code}</pre>
        <CopyButton value={snippet.code} timeout={1500}>
          {({ copied, copy }) => (
            <Button
              size="compact-sm"
              variant="default"
              className={classes.copy}
              onClick={copy}
              leftSection={copied ? <IconCheck size={14} stroke={1.8} aria-hidden /> : <IconCopy size={14} stroke={1.6} aria-hidden />}
              aria-label={`Copy: ${snippet.title}`}
            >
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </div>
    </div>
  );
}
