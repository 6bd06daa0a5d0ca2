import type { VectorSample } from '../../api/prometheus';
import { ITEM_NAMES, SIGNAL_NAMES } from '../../api/protocols';
import { SIGNALS } from '../../api/triptych';
import type { SourcesStatus } from '../../api/triptych';
import type { ArrivalPoint } from '../../app/arrivals';
import { formatSi } from '../../format/number';
import { formatAgo } from '../../format/time';

export interface Problem {
  key: string;
  severity: 'bad' | 'warn';
  text: string;
  /** Where to look. */
  to: '/data' | '/explore/metrics';
  query?: string;
}

/** A signal that came and then stayed away this long is worth a word. */
const QUIET_MS = 120_000;

/** What is not well, worst first, as far as the status, the last minutes and the targets' `up` tell. */
export function problemsIn(status: SourcesStatus, arrivals: readonly ArrivalPoint[], up: readonly VectorSample[], nowMs: number): Problem[] {
  const found: Problem[] = [];
  const down = up.filter((sample) => sample.value?.[1] === '0');
  if (down.length > 0) {
    const names = down.slice(0, 3).map((sample) => sample.metric['instance'] ?? sample.metric['job'] ?? 'a target');
    const more = down.length > 3 ? ` and ${down.length - 3} more` : '';
    found.push({ key: 'down', severity: 'bad', text: `${down.length} of ${up.length} scrape targets ${down.length === 1 ? 'does' : 'do'} not answer: ${names.join(', ')}${more}`, to: '/explore/metrics', query: 'up == 0' });
  }
  for (const signal of SIGNALS) {
    const { lastReceivedUnixMs } = status.signals[signal];
    if (lastReceivedUnixMs !== null && nowMs - lastReceivedUnixMs > QUIET_MS) {
      found.push({ key: `quiet-${signal}`, severity: 'warn', text: `${SIGNAL_NAMES[signal]} stopped: the last ${ITEM_NAMES[signal].one} came ${formatAgo(lastReceivedUnixMs, nowMs)}`, to: '/data' });
    }
    const refused = (arrivals.at(-1)?.refusedTotal[signal] ?? 0) - (arrivals[0]?.refusedTotal[signal] ?? 0);
    if (refused > 0) found.push({ key: `refused-${signal}`, severity: 'warn', text: `${formatSi(refused)} ${refused === 1 ? ITEM_NAMES[signal].one : ITEM_NAMES[signal].many} refused in the last minutes`, to: '/data' });
  }
  return found;
}
