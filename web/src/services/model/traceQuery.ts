import { quoted } from '../../api/quoted';

export type TraceChoice = 'newest' | 'slowest' | 'errors';

/** TraceQL for traces of a service; slow is what takes longer than `p95` seconds, where that is known. */
export function traceQuery(choice: TraceChoice, service: string, operation: string | undefined, p95: number | null): string {
  const conditions = [`resource.service.name = ${quoted(service)}`];
  if (operation !== undefined) conditions.push(`name = ${quoted(operation)}`);
  if (choice === 'errors') conditions.push('status = error');
  if (choice === 'slowest' && p95 !== null && p95 > 0) conditions.push(`duration > ${Math.floor(p95 * 1e6)}us`);
  return `{ ${conditions.join(' && ')} }`;
}
