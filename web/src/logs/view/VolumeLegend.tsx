import { formatCount } from '../../format/number';
import type { Volume } from '../query/volume';
import { LEVEL_COLOURS, LEVEL_NAMES } from './levelColours';
import classes from './Logs.module.css';

/** How many lines there are of each level; its height is the same while they are counted. */
export function VolumeLegend({ volume }: { volume: Volume | null }) {
  return (
    <div className={classes.legend}>
      {volume?.levels.map(({ level, total }) => (
        <span key={level}>
          <i style={{ background: LEVEL_COLOURS[level] }} /> {LEVEL_NAMES[level]} <b>{formatCount(total)}</b>
        </span>
      ))}
      {volume && !volume.isComplete && (
        <span className={classes.dim}>counted over the loaded lines only, as the server does not count this query</span>
      )}
    </div>
  );
}
