import { useQuery } from '@tanstack/react-query';
import { IconAlertTriangle, IconChevronRight, IconCircleCheck, IconCircleX, IconHourglass } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { messageOf } from '../../api/http';
import { queryInstant } from '../../api/prometheus';
import type { VectorSample } from '../../api/prometheus';
import { SIGNALS } from '../../api/triptych';
import type { SourcesStatus } from '../../api/triptych';
import { useArrivals } from '../../app/arrivals';
import { formatSeconds } from '../../format/duration';
import { useServiceList } from '../../services/model/useServiceList';
import { useDisks } from '../host/useDisks';
import { useNow } from '../useNow';
import { problemsIn } from './problems';
import classes from './Verdict.module.css';

const TARGETS_POLL_MS = 15_000;

/** One line that says whether everything is well, and one for each thing that is not. */
export function Verdict({ status, error }: { status: SourcesStatus | undefined; error: Error | null }) {
  const arrivals = useArrivals();
  const now = useNow(2000);
  const services = useServiceList();
  const disks = useDisks();
  const targets = useQuery({
    queryKey: ['targets-up'],
    refetchInterval: TARGETS_POLL_MS,
    queryFn: async ({ signal }): Promise<VectorSample[]> => {
      const { data } = await queryInstant('up', undefined, { signal });
      return data.resultType === 'vector' ? data.result : [];
    },
  });

  if (status === undefined || error !== null) {
    return (
      <section className={`panel ${classes.verdict}`} aria-label="State" aria-busy={error === null}>
        {error === null ? (
          <div className="skeleton" style={{ width: 260, height: 18 }} />
        ) : (
          <p className={classes.line} data-severity="bad" role="alert">
            <IconCircleX size={18} stroke={1.7} aria-hidden /> {messageOf(error)}
          </p>
        )}
      </section>
    );
  }

  const problems = problemsIn({ status, arrivals, up: targets.data ?? [], services: services.data?.services ?? [], disks: disks.data ?? [] }, now);
  const arriving = SIGNALS.filter((signal) => status.signals[signal].lastReceivedUnixMs !== null);
  const up = targets.data?.length ?? 0;
  const facts = [
    arriving.length === 3 ? 'all three signals arrive' : arriving.length === 0 ? null : `${arriving.join(' and ')} arrive`,
    up > 0 && !problems.some((one) => one.key === 'down') ? `${up} of ${up} scrape targets answer` : null,
  ].filter((fact) => fact !== null);

  return (
    <section className={`panel ${classes.verdict}`} aria-label="State" aria-live="polite">
      {problems.length > 0 ? (
        problems.map((problem) => (
          <Link key={problem.key} to={problem.to} search={problem.query === undefined ? {} : { q: problem.query }} className={classes.line} data-severity={problem.severity}>
            {problem.severity === 'bad' ? <IconCircleX size={18} stroke={1.7} aria-label="Bad:" /> : <IconAlertTriangle size={18} stroke={1.7} aria-label="Warning:" />}
            <span>{problem.text}</span>
            <IconChevronRight size={14} stroke={1.8} aria-hidden />
          </Link>
        ))
      ) : arriving.length === 0 ? (
        <p className={classes.line}>
          <IconHourglass size={18} stroke={1.7} aria-hidden /> <b>Ready.</b> <span>Send something: how to stands below.</span>
        </p>
      ) : (
        <p className={classes.line} data-severity="good">
          <IconCircleCheck size={18} stroke={1.7} aria-hidden /> <b>All well</b> <span className={classes.facts}>{facts.join(', ')}</span>
        </p>
      )}
      <p className={`num ${classes.about}`}>
        Triptych {status.version}, up {formatSeconds(Math.max(0, Math.round((now - status.startedUnixMs) / 60_000) * 60))}
      </p>
    </section>
  );
}
