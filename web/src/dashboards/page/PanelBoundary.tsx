import { Component } from 'react';
import type { ReactNode } from 'react';
import { messageOf } from '../../api/http';
import classes from './Page.module.css';

/** Keeps a panel that cannot be drawn from taking the page with it. */
export class PanelBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <div className={classes.failure} role="alert">
        <p>This panel could not be drawn: {messageOf(this.state.error)}</p>
      </div>
    );
  }
}
