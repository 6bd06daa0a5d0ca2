import { Button, CopyButton } from '@mantine/core';
import { IconCheck, IconCircleCheck, IconCopy } from '@tabler/icons-react';
import classes from './Connect.module.css';
import type { Snippet } from './snippets';

/** One way to send something: what to copy, and whether it has worked. */
export function SnippetCard({ snippet, arrived }: { snippet: Snippet; arrived: boolean }) {
  return (
    <article className={classes.card} data-arrived={arrived} data-snippet={snippet.key}>
      <header>
        <h3>{snippet.title}</h3>
        <span className={classes.state} role="status">
          {arrived ? (
            <>
              <IconCircleCheck size={16} stroke={1.8} aria-hidden /> {snippet.arrived}
            </>
          ) : (
            <>
              <i aria-hidden /> Waiting
            </>
          )}
        </span>
      </header>
      <p className="dimmed">{snippet.says}</p>
      <div className={classes.code}>
        <pre>{snippet.code}</pre>
        <CopyButton value={snippet.code} timeout={1500}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="default" className={classes.copy} onClick={copy} leftSection={copied ? <IconCheck size={14} stroke={1.8} /> : <IconCopy size={14} stroke={1.6} />} aria-label={`Copy: ${snippet.title}`}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </div>
    </article>
  );
}
