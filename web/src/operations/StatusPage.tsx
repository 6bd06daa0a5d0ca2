import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconHourglass } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { configuration, flags, serverStatus } from '../api/operations';
import type { PartState, ServerStatus } from '../api/operations';
import { CopyButton } from '../controls/CopyButton';
import { formatMillis } from '../format/duration';
import { formatBytes, formatCount, formatPercent } from '../format/number';
import { formatDateTime } from '../format/time';
import classes from './Operations.module.css';
import { AskedPanel, Fact, Meter, usePolled } from './parts';

const POLL_MS = 2000;

/** Which build this is, how its parts are, who holds memory, how it is configured. */
export default function StatusPage() {
  const asked = usePolled(['status'], serverStatus, POLL_MS);
  const config = useQuery({ queryKey: ['operations', 'config'], queryFn: ({ signal }) => configuration({ signal }) });
  const settings = useQuery({ queryKey: ['operations', 'flags'], queryFn: ({ signal }) => flags({ signal }) });

  return (
    <div className={classes.page} data-gutter>
      <AskedPanel title="Server" asked={asked} rows={3}>
        {(status) => <Server status={status} />}
      </AskedPanel>
      <div className={classes.columns}>
        <AskedPanel title="Parts" asked={asked} rows={6}>
          {({ parts }) => (
            <table className={classes.table}>
              <tbody>
                {parts.map(({ name, state, detail }) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>
                      <State state={state} />
                    </td>
                    <td className={`${classes.rest} ${classes.wraps}`}>{detail}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </AskedPanel>
        <AskedPanel title="Memory by holder" asked={asked} rows={6}>
          {({ memory }) => (
            <table className={classes.table}>
              <tbody>
                {memory.map(({ name, usedBytes, limitBytes, setting }) => (
                  <tr key={name}>
                    <th scope="row" className={classes.rest} title={setting ?? undefined}>
                      {name}
                    </th>
                    <td className={classes.middle}>{limitBytes !== null && <Meter used={usedBytes} limit={limitBytes} label={`Memory of ${name}`} />}</td>
                    <td className={`num ${classes.number}`}>
                      {formatBytes(usedBytes)} {limitBytes !== null && <span className="dimmed">of {formatBytes(limitBytes)}</span>}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </AskedPanel>
      </div>
      <AskedPanel title="Flags" asked={settings} aside={<span>as Prometheus names them</span>}>
        {(all) => (
          <dl className={classes.facts}>
            {Object.entries(all).map(([name, value]) => (
              <Fact key={name} name={name}>
                <span className="mono">{value === '' ? '–' : value}</span>
              </Fact>
            ))}
          </dl>
        )}
      </AskedPanel>
      <AskedPanel title="Configuration" asked={config} aside={config.data !== undefined && <CopyButton text={config.data} label="Copy" what="the configuration" />}>
        {(yaml) => (
          <pre className={classes.yaml} tabIndex={0} aria-label="The configuration as YAML, secrets left out">
            {yaml}
          </pre>
        )}
      </AskedPanel>
    </div>
  );
}

const STATES = {
  well: { text: 'Well', state: 'good', Icon: IconCircleCheck },
  waiting: { text: 'Waiting', state: 'warn', Icon: IconHourglass },
  warning: { text: 'Needs a look', state: 'warn', Icon: IconAlertTriangle },
  failing: { text: 'Failing', state: 'bad', Icon: IconCircleX },
} as const;

function State({ state }: { state: PartState }) {
  const { text, state: colour, Icon } = STATES[state];
  return (
    <span className={classes.state} data-state={colour}>
      <Icon size={16} stroke={1.7} aria-hidden /> {text}
    </span>
  );
}

function Server({ status }: { status: ServerStatus }) {
  const share = status.uptimeMs > 0 ? status.cpuMs / status.uptimeMs / status.processors : 0;
  return (
    <dl className={classes.facts}>
      <Fact name="Version" large>
        {status.version}
      </Fact>
      <Fact name="Up for" large>
        {formatMillis(Math.floor(status.uptimeMs / 1000) * 1000)}
      </Fact>
      <Fact name="Memory, resident" large>
        {formatBytes(status.residentBytes)}
      </Fact>
      <Fact name="CPU since the start" large>
        {formatPercent(share)}
      </Fact>
      <Fact name="Started">{formatDateTime(status.startedUnixMs)}</Fact>
      <Fact name="Revision">
        <span className="mono">{status.revision === '' ? 'not known' : status.revision.slice(0, 12)}</span>
      </Fact>
      <Fact name="Managed heap">
        {formatBytes(status.heapBytes)} <small>of {formatBytes(status.availableBytes)} that the process may use</small>
      </Fact>
      <Fact name="Host">
        {status.host} <small>process {status.process}</small>
      </Fact>
      <Fact name="Processors">
        {formatCount(status.processors)} <small>{status.architecture}, {formatCount(status.threads)} threads in the pool</small>
      </Fact>
      <Fact name="Runs on">
        {status.runtime} <small>{status.system}</small>
      </Fact>
    </dl>
  );
}
