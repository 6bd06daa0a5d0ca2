import type { VectorSample } from '../../api/prometheus';
import { quoted } from '../../api/quoted';
import { ITEM_NAMES, SIGNAL_NAMES } from '../../api/protocols';
import { SIGNALS } from '../../api/triptych';
import type { SourcesStatus } from '../../api/triptych';
import type { ArrivalPoint } from '../../app/arrivals';
import { formatPercent, formatSi } from '../../format/number';
import { formatAgo } from '../../format/time';
import type { ServiceSummary } from '../../services/model/serviceList';
import type { Disk } from '../host/disks';
import { DISK_USE } from '../host/hostQueries';

export interface Problem {
  key: string;
  severity: 'bad' | 'warn';
  text: string;
  /** Where to look. */
  to: '/data' | '/explore/metrics' | '/explore/traces';
  query?: string;
}

/** A signal that came and then stayed away this long is worth a word. */
const QUIET_MS = 120_000;

/** A service that fails more of its requests than this is not well. */
const MANY_ERRORS = 0.05;

/** What is looked at; what has not been read yet is empty. */
export interface Signs {
  status: SourcesStatus;
  /** The last minutes of what arrived. */
  arrivals: readonly ArrivalPoint[];
  /** `up` of each scrape target. */
  up: readonly VectorSample[];
  services: readonly Pick<ServiceSummary, 'name' | 'errorShare'>[];
  disks: readonly Disk[];
}

/** What is not well, worst first. */
export function problemsIn({ status, arrivals, up, services, disks }: Signs, nowMs: number): Problem[] {
  const found: Problem[] = [];
  const down = up.filter((sample) => sample.value?.[1] === '0');
  if (down.length > 0) {
    const names = down.slice(0, 3).map((sample) => sample.metric['instance'] ?? sample.metric['job'] ?? 'a target');
    const more = down.length > 3 ? ` and ${down.length - 3} more` : '';
    found.push({ key: 'down', severity: 'bad', text: `${down.length} of ${up.length} scrape targets ${down.length === 1 ? 'does' : 'do'} not answer: ${names.join(', ')}${more}`, to: '/explore/metrics', query: 'up == 0' });
  }
  for (const service of [...services].sort((a, b) => (b.errorShare ?? 0) - (a.errorShare ?? 0))) {
    if ((service.errorShare ?? 0) < MANY_ERRORS) continue;
    const query = `{ resource.service.name = ${quoted(service.name)} && status = error }`;
    found.push({ key: `errors-${service.name}`, severity: 'bad', text: `${service.name}: ${formatPercent(service.errorShare!)} of its requests fail`, to: '/explore/traces', query });
  }
  for (const disk of disks) {
    if (disk.state === 'good') continue;
    found.push({ key: `disk-${disk.key}`, severity: disk.state, text: `${disk.name} is ${disk.state === 'bad' ? 'full' : 'filling up'}: ${formatPercent(disk.used)} used`, to: '/explore/metrics', query: DISK_USE });
  }
  for (const signal of SIGNALS) {
    const { lastReceivedUnixMs } = status.signals[signal];
    if (lastReceivedUnixMs !== null && nowMs - lastReceivedUnixMs > QUIET_MS) {
      found.push({ key: `quiet-${signal}`, severity: 'warn', text: `${SIGNAL_NAMES[signal]} stopped: the last ${ITEM_NAMES[signal].one} came ${formatAgo(lastReceivedUnixMs, nowMs)}`, to: '/data' });
    }
    const refused = (arrivals.at(-1)?.refusedTotal[signal] ?? 0) - (arrivals[0]?.refusedTotal[signal] ?? 0);
    if (refused > 0) found.push({ key: `refused-${signal}`, severity: 'warn', text: `${formatSi(refused)} ${refused === 1 ? ITEM_NAMES[signal].one : ITEM_NAMES[signal].many} refused in the last minutes`, to: '/data' });
  }
  return found.sort((a, b) => Number(b.severity === 'bad') - Number(a.severity === 'bad'));
}
