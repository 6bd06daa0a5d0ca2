// @vitest-environment jsdom
import { cleanup } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { renderInTheme } from '../../testing/render';
import type { Volume } from '../query/volume';
import { VolumeChart } from './VolumeChart';

const VOLUME: Volume = { startMs: 0, stepMs: 1000, bucketCount: 2, levels: [{ level: 'info', counts: Float64Array.of(1, 2), total: 3 }], total: 3, isComplete: true };

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

describe('the volume of lines', () => {
  it('goes back in time by a double click, with the latest handler', () => {
    const [first, zoomBack] = [vi.fn(), vi.fn()];
    const chart = (onZoomBack: () => void) => <VolumeChart volume={VOLUME} startMs={0} endMs={2000} onZoom={() => undefined} onZoomBack={onZoomBack} />;
    const { rerender } = renderInTheme(chart(first));
    rerender(chart(zoomBack));
    expect(made).toHaveLength(1);
    made[0]!.cursor.bind!.dblclick!()();
    expect(zoomBack).toHaveBeenCalledTimes(1);
    expect(first).not.toHaveBeenCalled();
  });
});
