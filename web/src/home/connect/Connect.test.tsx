// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';
import { renderInTheme } from '../../testing/render';
import { statusOf } from '../../testing/status';
import { Connect } from './Connect';

afterEach(cleanup);

const card = (key: string) => document.querySelector(`[data-snippet="${key}"]`);

describe('Connect', () => {
  it('is open while a signal is missing, and turns a snippet green when its first record comes', () => {
    const view = renderInTheme(<Connect status={statusOf({})} />);
    expect(card('otel')!.getAttribute('data-arrived')).toBe('false');
    view.rerender(<Connect status={statusOf({ traces: [{ protocol: 'otlp_grpc', acceptedTotal: 1, lastReceivedUnixMs: 1 }] })} />);
    expect(card('otel')!.getAttribute('data-arrived')).toBe('true');
    expect(card('scrape')!.getAttribute('data-arrived')).toBe('false');
    expect(screen.getByText('OTLP arrives')).toBeTruthy();
  });

  it('stays open when the last signal comes, so that one sees it', () => {
    const all = statusOf({ metrics: [{ protocol: 'otlp_http', acceptedTotal: 1, lastReceivedUnixMs: 1 }], logs: [{ protocol: 'tail', acceptedTotal: 1, lastReceivedUnixMs: 1 }], traces: [{ protocol: 'otlp_http', acceptedTotal: 1, lastReceivedUnixMs: 1 }] });
    const view = renderInTheme(<Connect status={statusOf({})} />);
    view.rerender(<Connect status={all} />);
    expect(card('otel')).not.toBeNull();
  });

  it('is one line when all signals arrive, and opens by a click', async () => {
    const at = { acceptedTotal: 1, lastReceivedUnixMs: 1 };
    renderInTheme(<Connect status={statusOf({ metrics: [{ protocol: 'scrape', ...at }], logs: [{ protocol: 'tail', ...at }], traces: [{ protocol: 'otlp_http', ...at }] })} />);
    expect(card('otel')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: /Send more data/ }));
    expect(card('otel')).not.toBeNull();
  });
});
