// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { renderInTheme } from '../../testing/render';
import { fieldOf, frameOf } from '../frames/frame';
import { parsePanel } from '../model/panel';
import type { Json } from '../model/json';
import { ValuePicker } from '../page/ValuePicker';
import { parseVariable } from '../model/variable';
import type { Resolved } from '../variables/resolveVariables';
import type { PanelProps } from './panelProps';
import StatPanel from './StatPanel';
import TablePanel from './table/TablePanel';
import { safeHtml } from './safeHtml';
import BarGaugePanel from './BarGaugePanel';

afterEach(cleanup);

const props = (raw: object, frames: PanelProps['frames']): PanelProps => ({
  panel: parsePanel({ type: 'stat', ...raw } as Json, ['panels', 0])!,
  frames,
  width: 400,
  height: 200,
  startMs: 0,
  endMs: 1000,
  scope: () => undefined,
  onZoom: () => undefined,
  onZoomBack: () => undefined,
});
const value = (n: number, unit: string) => [frameOf('A', [fieldOf('Time', 'time', [0]), fieldOf('Value', 'number', [n], { config: { unit } })], { kind: 'series', name: 'load' })];

describe('panels', () => {
  it('show a number with its unit', () => {
    renderInTheme(<StatPanel {...props({}, value(2048, 'bytes'))} />);
    expect(screen.getByText('KiB').parentElement!.textContent).toBe('2KiB');
  });
  it('say so where there is nothing', () => {
    renderInTheme(<BarGaugePanel {...props({ fieldConfig: { defaults: { noValue: 'nothing yet' } } }, [])} />);
    expect(screen.getByText('nothing yet')).toBeTruthy();
  });
  it('sort a table by its heads', async () => {
    const frame = frameOf('A', [fieldOf('host', 'string', ['a', 'b']), fieldOf('load', 'number', [1, 9])]);
    renderInTheme(<TablePanel {...props({ type: 'table', title: 'T' }, [frame])} />);
    await userEvent.click(screen.getByRole('button', { name: 'load' }));
    expect(screen.getByRole('columnheader', { name: 'load' }).getAttribute('aria-sort')).toBe('descending');
  });
});

describe('safeHtml', () => {
  it('keeps words and takes what acts', () => {
    const html = safeHtml('# Hi\n\n<script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">x</a> <style>*{}</style><form><input></form>', 'markdown');
    expect(html).toContain('<h1>Hi</h1>');
    expect(html).not.toMatch(/script|onerror|javascript|<style|<form|<input/i);
  });
  it('opens links of the web in a page of their own', () => expect(safeHtml('[a](https://b.c)', 'markdown')).toMatch(/target="_blank".*rel="noopener|rel="noopener.*target="_blank"/));
});

describe('ValuePicker', () => {
  const resolved = (multi: boolean): Resolved => ({
    variable: parseVariable({ name: 'job', type: 'query', multi, includeAll: multi }, [])!,
    options: ['api', 'web'].map((one) => ({ text: one, value: one })),
    choice: { values: ['api'], texts: ['api'] },
    filters: [],
    error: null,
  });
  it('takes one and closes', async () => {
    const onChange = vi.fn();
    renderInTheme(<ValuePicker resolved={resolved(false)} onChange={onChange} />);
    await userEvent.click(screen.getByRole('button', { name: 'job: api' }));
    await userEvent.click(await screen.findByRole('option', { name: 'web' }));
    expect(onChange).toHaveBeenCalledWith(['web']);
  });
  it('takes several, by keys too', async () => {
    const onChange = vi.fn();
    renderInTheme(<ValuePicker resolved={resolved(true)} onChange={onChange} />);
    await userEvent.click(screen.getByRole('button', { name: 'job: api' }));
    const field = await screen.findByRole('textbox', { name: 'Search job' });
    await userEvent.type(field, 'we{Enter}');
    expect(onChange).toHaveBeenCalledWith(['api', 'web']);
  });
});
