import type { SourcesStatus } from './triptych';

export type Receiver = 'otlp' | 'prometheus' | 'loki';

const RECEIVERS: Readonly<Record<Receiver, { usual: number; purposes: readonly RegExp[] }>> = {
  otlp: { usual: 4318, purposes: [/otlp over http/i, /otlp/i] },
  prometheus: { usual: 9090, purposes: [/remote write/i] },
  loki: { usual: 3100, purposes: [/loki/i] },
};

/** Where to send: the usual port if it is listened on or nothing is known, else the first whose purpose fits. */
export function receiverUrl(receiver: Receiver, host: string, status: SourcesStatus | undefined): string {
  const { usual, purposes } = RECEIVERS[receiver];
  const listeners = status?.listeners ?? [];
  const fitting = listeners.some(({ port }) => port === usual) ? [] : purposes.flatMap((purpose) => listeners.filter((listener) => purpose.test(listener.purpose)));
  return `http://${host}:${fitting[0]?.port ?? usual}`;
}
