import type { Panel } from '../model/panel';
import classes from './Panels.module.css';

/** In the place of a panel whose answer holds nothing. */
export function NoValues({ panel }: { panel: Panel }) {
  return <div className={classes.none}>{panel.fieldConfig.defaults.noValue ?? 'No data'}</div>;
}
