import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { ApiError, messageOf } from '../../api/http';
import { excerptAt } from '../query/position';
import classes from './Result.module.css';

/** What to do about an error, when there is something. */
function adviceFor(error: Error): string | null {
  if (!(error instanceof ApiError)) return null;
  if (error.kind === 'timeout') return 'Ask for a shorter time range, or for fewer series by more label matchers.';
  if (error.status === 503) return 'The server is starting and reads what it has kept. Try again in a moment.';
  if (/maximum resolution|too many (samples|series)|limit/i.test(error.message)) return 'Ask for a shorter time range, or for fewer series by more label matchers.';
  return null;
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
            {'\n'}
            <b>{`${' '.repeat(excerpt.at)}^`}</b>
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
