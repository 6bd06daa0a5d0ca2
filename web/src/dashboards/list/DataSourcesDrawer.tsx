import { Drawer } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { messageOf } from '../../api/http';
import { CopyButton } from '../../controls/CopyButton';
import type { ConfiguredSource } from '../model/dataSource';
import { healthOf, listDataSources } from '../store/dataSourceApi';
import classes from './List.module.css';

const KINDS: Readonly<Record<ConfiguredSource['kind'], string>> = { prometheus: 'Prometheus', loki: 'Loki', tempo: 'Tempo', postgres: 'PostgreSQL' };

const EXAMPLE = `data_sources:
  sources:
    - uid: staging
      name: Staging
      type: prometheus        # loki, tempo, postgres
      url: https://metrics.example/prometheus
      token_file: /run/secrets/staging
`;

/** The data sources that dashboards can ask beside the built-in ones, and whether each answers. They are named in the server's configuration. */
export default function DataSourcesDrawer({ onClose }: { onClose: () => void }) {
  const list = useQuery({ queryKey: ['data-sources'], staleTime: 300_000, queryFn: ({ signal }) => listDataSources(signal) });
  return (
    <Drawer opened onClose={onClose} position="right" size="min(520px, 96vw)" title="Data sources" transitionProps={{ duration: 0 }}>
      <p className="dimmed">Metrics, logs and traces of this server are built in. Dashboards can ask other servers too; the browser asks them through this one and sees no secret.</p>
      {list.error !== null && (
        <p role="alert" className={classes.bad}>
          {messageOf(list.error)}
        </p>
      )}
      {list.data === undefined && list.error === null && <div className="skeleton" style={{ height: 80 }} aria-hidden />}
      {list.data !== undefined && list.data.length > 0 && (
        <ul className={classes.sources}>
          {list.data.map((one) => (
            <Source key={one.uid} source={one} />
          ))}
        </ul>
      )}
      {list.data !== undefined && (
        <>
          <p className="dimmed">{list.data.length === 0 ? 'None is named yet. ' : ''}They are named in the server’s configuration, or in Grafana’s provisioning files in the directory data_sources.provisioning_dir:</p>
          <div className={classes.example}>
            <pre className="mono">{EXAMPLE}</pre>
            <CopyButton text={EXAMPLE} label="Copy" what="the example" />
          </div>
        </>
      )}
    </Drawer>
  );
}

function Source({ source }: { source: ConfiguredSource }) {
  const health = useQuery({ queryKey: ['data-source-health', source.uid], staleTime: 30_000, retry: false, queryFn: ({ signal }) => healthOf(source.uid, signal) });
  const problem = health.data?.problem ?? (health.error === null ? null : messageOf(health.error));
  return (
    <li>
      <b>{source.name}</b>
      <span className="dimmed">
        {KINDS[source.kind]} · {source.uid}
        {source.isDefault ? ' · the default' : ''}
      </span>
      <span role="status" className={problem === null ? classes.good : classes.bad}>
        {health.isPending ? 'asking …' : (problem ?? 'answers')}
      </span>
    </li>
  );
}
