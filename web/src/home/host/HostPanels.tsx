import { useTimeRange } from '../../time/TimeRangeProvider';
import { stepSecondsFor } from '../../time/range';
import { DiskPanel } from './DiskPanel';
import classes from './Host.module.css';
import { HostChart } from './HostChart';
import { hostQueries } from './hostQueries';

/** These charts are about this wide; what matters is only the step that follows. */
const WIDTH_PX = 400;

/** The hosts: processors, memory, network, load, disks. */
export function HostPanels() {
  const range = useTimeRange();
  const queries = hostQueries(stepSecondsFor(range, WIDTH_PX));
  return (
    <section className={classes.host} aria-label="Hosts">
      <HostChart title="Processors" queries={[{ expression: queries.cpu, name: 'busy' }]} unit="ratio" ceiling={1} widthPx={WIDTH_PX} />
      <HostChart title="Memory" queries={[{ expression: queries.memory, name: 'used' }]} unit="ratio" ceiling={1} widthPx={WIDTH_PX} />
      <HostChart
        title="Network"
        queries={[
          { expression: queries.receive, name: 'in' },
          { expression: queries.transmit, name: 'out' },
        ]}
        unit="bytesPerSecond"
        widthPx={WIDTH_PX}
      />
      <HostChart title="Load" queries={[{ expression: queries.load, name: '1 min' }]} unit="none" widthPx={WIDTH_PX} />
      <DiskPanel />
    </section>
  );
}
