import { Button, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useSources } from '../app/useSources';
import { snippetsFor } from '../home/connect/snippets';
import classes from './Services.module.css';

/** Where there is nothing to show: why, and the command that changes it. */
export function NoServices({ title, children, serviceName }: { title: string; children: ReactNode; serviceName?: string }) {
  const { data } = useSources();
  const { code } = snippetsFor(window.location.hostname, data).find(({ key }) => key === 'otel')!;
  const command = serviceName === undefined ? code : code.replace('my-service', /^[\w.-]+$/.test(serviceName) ? serviceName : `'${serviceName.replaceAll("'", "'\\''")}'`);
  return (
    <div className={classes.nothing}>
      <h2>{title}</h2>
      {children}
      <div className={classes.command}>
        <pre>{command}</pre>
        <CopyButton value={command} timeout={1500}>
          {({ copied, copy }) => (
            <Button size="compact-sm" variant="default" onClick={copy} leftSection={copied ? <IconCheck size={14} stroke={1.8} aria-hidden /> : <IconCopy size={14} stroke={1.6} aria-hidden />}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </div>
    </div>
  );
}
