import { Link } from '@tanstack/react-router';
import { messageOf } from '../../api/http';
import { PanelHead } from '../../controls/PanelHead';
import { formatPercent } from '../../format/number';
import classes from './Host.module.css';
import { DISK_USE } from './hostQueries';
import { useDisks } from './useDisks';

/** How full the file systems are, fullest first. */
export function DiskPanel() {
  const { data, error, isPending } = useDisks();

  return (
    <div className={`panel ${classes.chart} ${classes.disks}`} aria-busy={isPending}>
      <PanelHead
        title={
          <Link to="/explore/metrics" search={{ q: DISK_USE }} title="Open in Explore">
            Disks
          </Link>
        }
      />
      {isPending ? (
        <div className="skeleton" style={{ height: 44, margin: '0 12px 12px' }} />
      ) : error !== null ? (
        <p className={classes.note} role="alert">
          {messageOf(error)}
        </p>
      ) : data.length === 0 ? (
        <p className={classes.note}>No host sends this yet</p>
      ) : (
        <ul>
          {data.map((disk) => (
            <li key={disk.key} title={disk.title}>
              <span className="mono ellipsis">{disk.name}</span>
              <span className={classes.bar} data-state={disk.state}>
                <i style={{ width: `${Math.min(100, disk.used * 100)}%` }} />
              </span>
              <span className="num">
                {formatPercent(disk.used)}
                {disk.state !== 'good' && <b data-state={disk.state}>{disk.state === 'bad' ? ' full' : ' filling'}</b>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
