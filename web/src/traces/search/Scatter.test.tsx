// @vitest-environment jsdom
import { cleanup } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { renderInTheme } from '../../testing/render';
import { Scatter } from './Scatter';

const NONE: [] = [];

/** jsdom has no canvas and no sizes: what the chart is asked to be is kept instead. */
const made = vi.hoisted(() => [] as { cursor: { bind?: { dblclick?: (...args: never[]) => () => null } } }[]);
vi.mock('uplot', () => ({
  default: class {
    static paths = { bars: () => null };
    over = document.createElement('div');
    constructor(options: (typeof made)[number]) {
      made.push(options);
    }
    destroy() {}
  },
}));
vi.mock('@mantine/hooks', async (original) => ({ ...(await original<typeof import('@mantine/hooks')>()), useElementSize: () => ({ ref: () => undefined, width: 600, height: 200 }) }));

afterEach(cleanup);

describe('the scatter of traces', () => {
  it('goes back in time by a double click, with the latest handler', () => {
    const [first, zoomBack] = [vi.fn(), vi.fn()];
    const chart = (onZoomBack: () => void) => <Scatter traces={NONE} startMs={0} endMs={2000} onOpen={() => undefined} onZoom={() => undefined} onZoomBack={onZoomBack} />;
    const { rerender } = renderInTheme(chart(first));
    rerender(chart(zoomBack));
    expect(made).toHaveLength(1);
    made[0]!.cursor.bind!.dblclick!()();
    expect(zoomBack).toHaveBeenCalledTimes(1);
    expect(first).not.toHaveBeenCalled();
  });
});
