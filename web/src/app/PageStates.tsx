import { Button } from '@mantine/core';
import { IconAlertTriangle, IconMapQuestion } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { messageOf } from '../api/http';
import classes from './PageStates.module.css';

/** While a page's code is loading: the outline of what comes. */
export function PagePending() {
  return (
    <div className={classes.pending} aria-busy="true" aria-label="Loading the page">
      <div className="skeleton" style={{ height: 96 }} />
      <div className="skeleton" style={{ height: 280 }} />
      <div className="skeleton" style={{ height: 180 }} />
    </div>
  );
}

/** A page failed while being drawn: a fault of ours, so its text is shown whole. */
export function PageError({ error, reset }: ErrorComponentProps) {
  return (
    <div className={classes.centre} role="alert">
      <IconAlertTriangle size={32} stroke={1.5} color="var(--bad)" />
      <h2>This page failed</h2>
      <p className="dimmed">Your query is still in the address. Try again; if it fails the same way, report the text below with the address.</p>
      <pre className={classes.details}>{messageOf(error)}</pre>
      <Button onClick={reset}>Try again</Button>
    </div>
  );
}

export function NotFound() {
  return (
    <div className={classes.centre}>
      <IconMapQuestion size={32} stroke={1.5} color="var(--mantine-color-dimmed)" />
      <h2>There is no page at this address</h2>
      <p className="dimmed">
        <Link to="/">Go to the home page</Link>, or press <kbd>Ctrl</kbd> <kbd>K</kbd> to search.
      </p>
    </div>
  );
}
