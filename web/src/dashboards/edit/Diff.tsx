import { useMemo } from 'react';
import type { JsonObject } from '../model/json';
import { diffLines } from './diff';
import classes from './Edit.module.css';

const SIGNS = { same: ' ', added: '+', removed: '−', skipped: '⋯' } as const;

/** The document without what the server alone changes. */
function textOf(raw: JsonObject): string {
  const { id: _, version: __, ...rest } = raw;
  return JSON.stringify(rest, null, 2);
}

/** What changed between two documents. */
export function Diff({ before, after }: { before: JsonObject; after: JsonObject }) {
  const lines = useMemo(() => diffLines(textOf(before), textOf(after)), [before, after]);
  if (lines.every((line) => line.kind === 'skipped' || line.kind === 'same')) return <p className="dimmed">There is no difference.</p>;
  return (
    <pre className={`mono ${classes.diff}`} tabIndex={0} aria-label="Differences">
      {lines.slice(0, 5000).map((line, i) => (
        <span key={i} data-kind={line.kind}>
          {SIGNS[line.kind]} {line.text}
        </span>
      ))}
    </pre>
  );
}
