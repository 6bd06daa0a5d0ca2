import type { ReactNode } from 'react';
import classes from './PanelHead.module.css';

/** The head of a panel: its title, and what there is to say about it at the right. */
export function PanelHead({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return (
    <header className={classes.head}>
      <h2>{title}</h2>
      {children !== undefined && children !== false && <div className={classes.aside}>{children}</div>}
    </header>
  );
}
