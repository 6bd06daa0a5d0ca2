import { useMemo } from 'react';
import { useRangeQuery } from '../../metrics/query/useRangeQuery';
import { useScheme } from '../../theme/useScheme';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { stepSecondsFor } from '../../time/range';
import { DiskPanel } from './DiskPanel';
import classes from './Host.module.css';
import { HostChart } from './HostChart';
import { hostColours } from './hostColours';
import { hostQueries } from './hostQueries';

/** These charts are about this wide; what matters is only the step that follows. */
const WIDTH_PX = 400;

/** The hosts: processors, memory, network, load, disks. */
export function HostPanels() {
  const range = useTimeRange();
  const queries = hostQueries(stepSecondsFor(range, WIDTH_PX));
  const scheme = useScheme();
  // The same question as that of the load's chart: asked once.
  const load = useRangeQuery(queries.load, WIDTH_PX);
  const colours = useMemo(() => hostColours(load.data?.frame.series.map((line) => line.labels['instance'] ?? line.name) ?? [], scheme), [load.data, scheme]);
  return (
    <section className={classes.host} aria-label="Hosts">
      {colours.size > 1 && (
        <p className={`panel ${classes.legend}`}>
          <b>{colours.size} hosts</b>
          {[...colours].map(([name, colour]) => (
            <span key={name} className="ellipsis" title={name}>
              <i style={{ background: colour }} aria-hidden />
              {name}
            </span>
          ))}
        </p>
      )}
      <HostChart title="Processors" queries={[{ expression: queries.cpu, name: 'busy' }]} unit="ratio" ceiling={1} widthPx={WIDTH_PX} colours={colours} />
      <HostChart title="Memory" queries={[{ expression: queries.memory, name: 'used' }]} unit="ratio" ceiling={1} widthPx={WIDTH_PX} colours={colours} />
      <HostChart
        title="Network"
        queries={[
          { expression: queries.receive, name: 'in' },
          { expression: queries.transmit, name: 'out' },
        ]}
        unit="bytesPerSecond"
        widthPx={WIDTH_PX}
        colours={colours}
      />
      <HostChart title="Load" queries={[{ expression: queries.load, name: '1 min' }]} unit="none" widthPx={WIDTH_PX} colours={colours} />
      <DiskPanel />
    </section>
  );
}
