import type { ScrapeTarget } from '../api/operations';

const ORDER: Readonly<Record<ScrapeTarget['health'], number>> = { down: 0, unknown: 1, up: 2 };

/** The targets by job, jobs with one that is down first; within a job those that are down. */
export function targetRows(targets: readonly ScrapeTarget[]): { job: string; rows: ScrapeTarget[] }[] {
  const jobs = new Map<string, ScrapeTarget[]>();
  for (const target of targets) jobs.set(target.job, [...(jobs.get(target.job) ?? []), target]);
  return [...jobs]
    .map(([job, rows]) => ({ job, rows: rows.sort((a, b) => ORDER[a.health] - ORDER[b.health] || a.url.localeCompare(b.url)) }))
    .sort((a, b) => ORDER[a.rows[0]!.health] - ORDER[b.rows[0]!.health] || a.job.localeCompare(b.job));
}

/** `a="1", b="2"`, by name. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ');
}
