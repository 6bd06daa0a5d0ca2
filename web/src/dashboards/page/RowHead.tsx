import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { interpolate } from '../variables/interpolate';
import type { Scope } from '../variables/interpolate';
import type { Placed } from './layout';
import classes from './Page.module.css';

/** The head of a row: a click folds its panels away. */
export function RowHead({ placed, scope, collapsed, onToggle, actions = [] }: { placed: Placed; scope: Scope; collapsed: boolean; onToggle: () => void; actions?: readonly { label: string; run: () => void }[] }) {
  const title = interpolate(placed.panel.title, scope, 'text') || 'Row';
  return (
    <h2 className={classes.row}>
      <button type="button" onClick={onToggle} aria-expanded={!collapsed}>
        {collapsed ? <IconChevronRight size={16} stroke={1.8} aria-hidden /> : <IconChevronDown size={16} stroke={1.8} aria-hidden />}
        {title}
        {collapsed && (
          <small>
            {placed.inside} {placed.inside === 1 ? 'panel' : 'panels'}
          </small>
        )}
      </button>
      {actions.map((action) => (
        <button key={action.label} type="button" className={classes.rowAction} onClick={action.run} aria-label={`${action.label} the row ${title}`}>
          {action.label}
        </button>
      ))}
    </h2>
  );
}
