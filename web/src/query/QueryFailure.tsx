import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { ApiError, messageOf } from '../api/http';
import { excerptAt } from '../editor/position';
import classes from './Query.module.css';

/** What to do about an error, when there is something. */
function adviceFor(error: Error): string | null {
  if (!(error instanceof ApiError)) return null;
  if (error.status === 0) return 'Start it with ./triptych, or look at its log if it should be running. What you typed is kept.';
  if (error.kind === 'timeout') return 'Ask for a shorter time range, or for fewer series by more label matchers.';
  if (error.status === 503) return 'The server is starting and reads what it has kept. Try again in a moment.';
  if (/maximum resolution|too many (samples|series)|limit/i.test(error.message)) return 'Ask for a shorter time range, or for fewer series by more label matchers.';
  return null;
}

/** Brings the mark into view where the line is longer than the page is wide. */
function showMark(mark: HTMLElement | null): void {
  const line = mark?.parentElement;
  if (!mark || !line) return;
  const at = mark.getBoundingClientRect().left - line.getBoundingClientRect().left;
  if (at > line.clientWidth - 24) line.scrollLeft = at - line.clientWidth / 2;
}

/** An error where it arose: the message, the place in the query, what to do. */
export function QueryFailure({ error, expression, onRetry }: { error: Error; expression: string; onRetry: () => void }) {
  const excerpt = error instanceof ApiError && error.position !== null ? excerptAt(expression, error.position) : null;
  const advice = adviceFor(error);
  const mayPass = error instanceof ApiError && (error.status === 0 || error.status >= 500);
  return (
    <div className={classes.failure} role="alert">
      <IconAlertTriangle size={18} stroke={1.6} aria-hidden />
      <div className={classes.failureText}>
        <p>{messageOf(error)}</p>
        {excerpt !== null && (
          <pre className={classes.excerpt}>
            {excerpt.line}
            {`\n${' '.repeat(excerpt.at)}`}
            <b ref={showMark}>^</b>
          </pre>
        )}
        {advice !== null && <p className="dimmed">{advice}</p>}
      </div>
      {mayPass && (
        <Button variant="default" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}
