import { Link } from '@tanstack/react-router';
import { textOf } from '../model/json';
import { NoValues } from './NoValues';
import type { PanelProps } from './panelProps';
import TablePanel from './table/TablePanel';
import classes from './Panels.module.css';

/** Traces that were found, as a table; a trace that is named by its id, as the way to its page. */
export default function TracesPanel(props: PanelProps) {
  const { frames, panel } = props;
  const named = frames.find((frame) => frame.kind === 'trace');
  if (named !== undefined) {
    const id = textOf(named.fields[0]?.values[0]);
    return (
      <div className={classes.none}>
        <Link to="/trace/$traceId" params={{ traceId: id }} search={{}}>
          Open trace {id}
        </Link>
      </div>
    );
  }
  if (frames.length === 0) return <NoValues panel={panel} />;
  return <TablePanel {...props} />;
}
