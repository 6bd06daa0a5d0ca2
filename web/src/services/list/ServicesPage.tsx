import { TextInput } from '@mantine/core';
import { IconAlertTriangle, IconSearch } from '@tabler/icons-react';
import { useMemo } from 'react';
import type { KeyboardEvent } from 'react';
import { messageOf } from '../../api/http';
import { one, useUrlSearch } from '../../app/search';
import { formatCount } from '../../format/number';
import { ORDERS, searchServices, sortServices } from '../model/serviceList';
import type { ServiceOrder } from '../model/serviceList';
import { useServiceList } from '../model/useServiceList';
import { NoServices } from '../NoServices';
import classes from '../Services.module.css';
import { ServiceTable } from './ServiceTable';

/** /service: every service with its rate, errors and latency, worst first. Order and search stand in the address. */
export default function ServicesPage() {
  const [search, patch] = useUrlSearch();
  const { data, error, isPending, isFetching, refetch } = useServiceList();
  const text = one(search.find);
  const { order, isReversed } = readOrder(one(search.sort));
  const shown = useMemo(() => sortServices(searchServices(data?.services ?? [], text), order, isReversed), [data, text, order, isReversed]);
  const sortBy = (next: ServiceOrder) => patch({ sort: writeOrder(next, next === order && !isReversed) }, { replace: true });
  /** From the field into the rows. */
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Escape') patch({ find: undefined }, { replace: true });
    if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
    event.preventDefault();
    const first = document.querySelector<HTMLElement>('[data-row-link]');
    if (event.key === 'Enter') first?.click();
    else first?.focus();
  };

  return (
    <div className={classes.page} data-gutter>
      <section className={`panel ${classes.listPanel}`} aria-label="Services" aria-busy={isPending}>
        <div className={classes.tools}>
          <TextInput
            className={classes.find}
            value={text}
            onChange={(event) => patch({ find: event.currentTarget.value || undefined }, { replace: true })}
            onKeyDown={onKeyDown}
            placeholder="Find a service"
            aria-label="Find a service"
            leftSection={<IconSearch size={14} stroke={1.6} />}
            spellCheck={false}
            data-page-search
          />
          <span className="num dimmed" role="status">
            {data && (text === '' ? `${formatCount(data.services.length)} ${data.services.length === 1 ? 'service' : 'services'}` : `${formatCount(shown.length)} of ${formatCount(data.services.length)}`)}
          </span>
          {order !== 'worst' && (
            <button type="button" className={classes.textButton} onClick={() => patch({ sort: undefined }, { replace: true })}>
              Worst first
            </button>
          )}
        </div>
        {(error ?? data?.logsError) != null && (
          <p className={classes.problem} role="alert">
            <IconAlertTriangle size={16} stroke={1.6} aria-hidden />
            <span>
              {error === null ? 'Without log lines: ' : ''}
              {messageOf(error ?? data?.logsError)}
            </span>
            <button type="button" className={classes.textButton} onClick={() => void refetch()}>
              Try again
            </button>
          </p>
        )}
        {isPending ? (
          <div className={classes.waiting} aria-hidden>
            {Array.from({ length: 8 }, (_, i) => (
              <div key={i} className="skeleton" />
            ))}
          </div>
        ) : data === undefined ? null : data.services.length === 0 ? (
          <NoServices title="No service in this time range">
            <p>A service appears here with its first span or log line that names it. Take a longer time range at the top right, or send something:</p>
          </NoServices>
        ) : shown.length === 0 ? (
          <p className={classes.none}>
            No service is called “{text}”.{' '}
            <button type="button" className={classes.textButton} onClick={() => patch({ find: undefined }, { replace: true })}>
              Show all
            </button>
          </p>
        ) : (
          <div className="dim-while-loading" data-loading={isFetching}>
            <ServiceTable services={shown} order={order} isReversed={isReversed} onSort={sortBy} />
          </div>
        )}
      </section>
    </div>
  );
}

/** In `sort`, `-rate` is `rate` turned round. */
export function readOrder(text: string): { order: ServiceOrder; isReversed: boolean } {
  const order = text.replace(/^-/, '') as ServiceOrder;
  return ORDERS.includes(order) ? { order, isReversed: text.startsWith('-') } : { order: 'worst', isReversed: false };
}

function writeOrder(order: ServiceOrder, isReversed: boolean): string | undefined {
  return order === 'worst' && !isReversed ? undefined : `${isReversed ? '-' : ''}${order}`;
}
