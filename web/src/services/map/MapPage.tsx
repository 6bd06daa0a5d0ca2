import { SegmentedControl, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { lazy, Suspense, useMemo } from 'react';
import type { KeyboardEvent } from 'react';
import { one, useUrlSearch } from '../../app/search';
import { formatCount } from '../../format/number';
import { QueryFailure } from '../../query/QueryFailure';
import { neighbourhood } from '../model/graph';
import { searchServices } from '../model/serviceList';
import { useServiceGraph } from '../model/useServiceGraph';
import { NoServices } from '../NoServices';
import shared from '../Services.module.css';
import { CallTable } from './CallTable';
import classes from './Map.module.css';
import { NodePanel } from './NodePanel';

const GraphView = lazy(() => import('./GraphView'));

/** /service-map: who calls whom, how often, how fast and with how many errors. What is chosen, searched and shown stands in the address. */
export default function MapPage() {
  const [search, patch] = useUrlSearch();
  const { data, error, isPending, refetch } = useServiceGraph();
  const text = one(search.find);
  const asTable = one(search.view) === 'table';
  const chosen = data?.nodes.find(({ name }) => name === one(search.service)) ?? null;
  const depth = chosen === null ? 0 : one(search.depth) === '1' ? 1 : one(search.depth) === '2' ? 2 : 0;
  const shown = useMemo(() => (data === undefined || chosen === null || depth === 0 ? data : neighbourhood(data, chosen.name, depth)), [data, chosen, depth]);
  const found = useMemo(() => (text === '' || data === undefined ? null : new Set(searchServices(data.nodes, text).map(({ name }) => name))), [data, text]);
  const choose = (name: string | null) => patch({ service: name ?? undefined, depth: name === null ? undefined : search.depth }, { replace: true });
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Escape') patch({ find: undefined }, { replace: true });
    const first = [...(found ?? [])].sort((a, b) => a.length - b.length)[0];
    if (event.key === 'Enter' && first !== undefined) patch({ service: first, find: undefined }, { replace: true });
  };

  return (
    <div className={classes.page} data-own-scroll>
      <div className={classes.tools}>
        <TextInput
          className={shared.find}
          value={text}
          onChange={(event) => patch({ find: event.currentTarget.value || undefined }, { replace: true })}
          onKeyDown={onKeyDown}
          placeholder="Find on the map; Enter chooses"
          aria-label="Find a service on the map"
          leftSection={<IconSearch size={14} stroke={1.6} />}
          spellCheck={false}
          data-page-search
        />
        <SegmentedControl
          aria-label="How the calls are shown"
          value={asTable ? 'table' : 'map'}
          onChange={(view) => patch({ view: view === 'table' ? 'table' : undefined }, { replace: true })}
          data={[
            { value: 'map', label: 'Map' },
            { value: 'table', label: 'Table' },
          ]}
        />
        {chosen !== null && (
          <SegmentedControl
            aria-label="How much of it"
            value={String(depth)}
            onChange={(next) => patch({ depth: next === '0' ? undefined : next }, { replace: true })}
            data={[
              { value: '0', label: 'All' },
              { value: '1', label: 'Neighbours' },
              { value: '2', label: 'Two steps' },
            ]}
          />
        )}
        <span className={`num dimmed ${classes.count}`} role="status">
          {found !== null ? `${formatCount(found.size)} found` : shown && `${counted(shown.nodes.length, 'node')}, ${counted(shown.edges.length, 'call')}`}
        </span>
      </div>
      {error !== null && (
        <div className={classes.failure}>
          <QueryFailure error={error} expression="" onRetry={() => void refetch()} />
        </div>
      )}
      <div className={classes.split}>
        {isPending ? (
          <div className={`skeleton ${classes.waiting}`} aria-label="Loading the map" aria-busy />
        ) : shown === undefined ? null : data!.edges.length === 0 ? (
          <section className={`panel ${classes.empty}`} aria-label="No calls">
            <NoServices title="No calls between services in this time range">
              <p>The map is drawn from spans: a call appears with its first span on either side. Take a longer time range at the top right, or give your services these variables:</p>
            </NoServices>
          </section>
        ) : asTable ? (
          <section className={`panel ${classes.table}`} aria-label="Calls">
            <CallTable graph={shown} found={found} chosen={chosen?.name ?? null} onChoose={choose} />
          </section>
        ) : (
          <section className={`panel ${classes.canvas}`} aria-label="Map of calls">
            <Suspense fallback={<div className={`skeleton ${classes.waiting}`} aria-busy />}>
              <GraphView key={depth === 0 ? 'all' : `${chosen!.name} ${depth}`} graph={shown} found={found} chosen={chosen?.name ?? null} onChoose={choose} />
            </Suspense>
          </section>
        )}
        {chosen !== null && data !== undefined && <NodePanel key={chosen.name} node={chosen} graph={data} onChoose={choose} />}
      </div>
    </div>
  );
}

function counted(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
}
