// @vitest-environment jsdom
import { act, cleanup, renderHook } from '@testing-library/react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { UrlSearch } from '../app/search';
import { TimeRangeProvider, useTimeRange } from './TimeRangeProvider';

/** The address, which the test changes as Back does. */
let address: { search: UrlSearch; set: (search: UrlSearch) => void };

vi.mock('../app/search', async (original) => ({
  ...(await original<typeof import('../app/search')>()),
  useUrlSearch: () => {
    const [search, set] = useState<UrlSearch>({ from: '1700001000000', to: '1700009000000' });
    address = { search, set };
    return [search, (patch: UrlSearch) => set((before) => ({ ...before, ...patch }))];
  },
}));

afterEach(cleanup);

const raw = (from: number, to: number) => ({ from: String(from), to: String(to) });

describe('zooming', () => {
  const render = () => {
    const { result } = renderHook(useTimeRange, { wrapper: ({ children }: { children: ReactNode }) => <TimeRangeProvider>{children}</TimeRangeProvider> });
    return { now: () => result.current.raw, zoomTo: (from: number, to: number) => act(() => result.current.zoomTo(from, to)), zoomBack: () => act(() => result.current.zoomBack()) };
  };

  it('is undone step by step', () => {
    const range = render();
    range.zoomTo(1_700_002_000_000, 1_700_008_000_000);
    range.zoomTo(1_700_003_000_000, 1_700_007_000_000);
    range.zoomBack();
    expect(range.now()).toEqual(raw(1_700_002_000_000, 1_700_008_000_000));
    range.zoomBack();
    expect(range.now()).toEqual(raw(1_700_001_000_000, 1_700_009_000_000));
  });

  it('forgets the step that Back has undone', () => {
    const range = render();
    range.zoomTo(1_700_002_000_000, 1_700_008_000_000);
    const before = address.search;
    range.zoomTo(1_700_003_000_000, 1_700_007_000_000);
    act(() => address.set(before));
    range.zoomBack();
    expect(range.now()).toEqual(raw(1_700_001_000_000, 1_700_009_000_000));
  });

  it('widens a range that no zoom has led to', () => {
    const range = render();
    range.zoomTo(1_700_002_000_000, 1_700_008_000_000);
    act(() => address.set(raw(1_700_004_000_000, 1_700_006_000_000)));
    range.zoomBack();
    expect(range.now()).toEqual(raw(1_700_003_000_000, 1_700_007_000_000));
  });
});
