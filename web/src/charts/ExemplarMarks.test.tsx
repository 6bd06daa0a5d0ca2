// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { renderPage } from '../testing/renderPage';
import { ExemplarMarks } from './ExemplarMarks';
import type { Exemplar } from './exemplars';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const area = { left: 10, top: 0, width: 100, height: 50, startMs: 0, endMs: 1000, min: 0, max: 2 };
const exemplar = (atMs: number, value: number | null, more: Partial<Exemplar> = {}): Exemplar => ({ traceId: `${atMs}`.padStart(32, 'a'), atMs, value, failed: false, labels: {}, ...more });
const show = (...exemplars: Exemplar[]) => renderPage(() => <ExemplarMarks exemplars={exemplars} area={area} unit="seconds" />, '/chart', '/chart?from=now-3h', () => undefined);

describe('ExemplarMarks', () => {
  it('stand at their time and value, at the edge where the axis ends, at the foot without a value', async () => {
    show(exemplar(250, 1), exemplar(500, 9), exemplar(750, null), exemplar(2000, 1));
    const links = await screen.findAllByRole('link');
    expect(links.map(({ style }) => [style.left, style.top])).toEqual([['25px', '25px'], ['50px', '0px'], ['75px', '50px']]);
  });

  it('lead to the trace and keep the time range', async () => {
    const { router } = show(exemplar(250, 1));
    await userEvent.click(await screen.findByRole('link', { name: /^Exemplar: 1\sms|^Exemplar: 1\ss/ }));
    expect(router.state.location.pathname).toBe(`/trace/${'250'.padStart(32, 'a')}`);
    expect(router.state.location.searchStr).toBe('?from=now-3h');
  });

  it('are one stop for the Tab key, and walked by arrows', async () => {
    show(exemplar(250, 1), exemplar(500, 1), exemplar(750, 1));
    const links = await screen.findAllByRole('link');
    await userEvent.tab();
    expect(document.activeElement).toBe(links[0]);
    await userEvent.keyboard('{ArrowRight}{ArrowRight}{ArrowLeft}');
    expect(document.activeElement).toBe(links[1]);
    await userEvent.keyboard('{End}{ArrowRight}');
    expect(document.activeElement).toBe(links[2]);
    await userEvent.tab();
    expect(links).not.toContain(document.activeElement);
  });

  it('tell what is known when focused', async () => {
    show(exemplar(250, 1, { failed: true, labels: { span_name: 'GET /', span_kind: 'SPAN_KIND_SERVER' } }));
    await screen.findByRole('link', { name: /failed/ });
    await userEvent.tab();
    expect(screen.getByText('GET /')).toBeTruthy();
    expect(screen.getByText('server')).toBeTruthy();
  });
});
