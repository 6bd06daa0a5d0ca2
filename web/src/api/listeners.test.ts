import { describe, expect, it } from 'vitest';
import { statusOf } from '../testing/status';
import { receiverUrl } from './listeners';

const withPorts = (...listeners: { port: number; purpose: string }[]) => ({ ...statusOf({}), listeners });

describe('receiverUrl', () => {
  it('is the usual port while nothing is known', () => expect(receiverUrl('loki', 'shop.example', undefined)).toBe('http://shop.example:3100'));
  it('is the usual port where that is listened on', () => {
    expect(receiverUrl('otlp', 'localhost', withPorts({ port: 14_318, purpose: 'OTLP over HTTP' }, { port: 4318, purpose: 'anything' }))).toBe('http://localhost:4318');
  });
  it('is the port that fits best where it is another', () => {
    const status = withPorts({ port: 1, purpose: 'OTLP over gRPC (and HTTP)' }, { port: 2, purpose: 'OTLP over HTTP (and gRPC)' }, { port: 3, purpose: 'Prometheus API, remote write' });
    expect(receiverUrl('otlp', 'localhost', status)).toBe('http://localhost:2');
    expect(receiverUrl('prometheus', 'localhost', status)).toBe('http://localhost:3');
  });
});
