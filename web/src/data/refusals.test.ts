import { describe, expect, it } from 'vitest';
import { statusOf } from '../testing/status';
import { reasonText, refusalRows } from './refusals';

const sample = (atUnixMs: number, reason: string, detail: string) => ({ atUnixMs, protocol: 'loki_push' as const, signal: 'logs' as const, tenant: 'default', reason, count: 1, detail });

describe('refusalRows', () => {
  const status = {
    ...statusOf({
      logs: [{ protocol: 'loki_push', refusedByReason: { too_old: 7, malformed: 1 } }],
      metrics: [{ protocol: 'otlp_http', refusedByReason: { invalid_labels: 3 } }],
    }),
    refusals: [sample(300, 'malformed', 'ends in a string'), sample(200, 'too_old', 'the newest'), sample(100, 'too_old', 'an older one')],
  };

  it('has a row for each source and reason, what happened last first', () => {
    expect(refusalRows(status).map(({ signal, protocol, reason, count }) => [signal, protocol, reason, count])).toEqual([
      ['logs', 'loki_push', 'malformed', 1],
      ['logs', 'loki_push', 'too_old', 7],
      ['metrics', 'otlp_http', 'invalid_labels', 3],
    ]);
  });

  it('shows the newest sample, and none where the server keeps none', () => {
    const [, old, labels] = refusalRows(status);
    expect(old!.sample).toEqual({ atUnixMs: 200, detail: 'the newest' });
    expect(labels!.sample).toBeNull();
  });

  it('is empty when nothing was refused, and for a server that says no reasons', () => {
    expect(refusalRows(statusOf({ logs: [{ protocol: 'tail', acceptedTotal: 5 }] }))).toEqual([]);
  });
});

describe('reasonText', () => {
  it('says what to do', () => expect(reasonText('delta_temporality_not_supported').advice).toContain('cumulative'));
  it('keeps the words of the server for what it does not know', () => expect(reasonText('made_of_cheese')).toEqual({ title: 'Made of cheese', advice: null }));
});
