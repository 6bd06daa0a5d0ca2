// What bench/run.mjs measures: the parts of the pages, alone, with made data, beside uPlot itself with the same points.
import '@mantine/core/styles.layer.css';
import '../src/theme/global.css';
import 'uplot/dist/uPlot.min.css';
import { MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import type { Root } from 'react-dom/client';
import uPlot from 'uplot';
import { TimeChart } from '../src/charts/TimeChart';
import type { LogRow } from '../src/logs/query/lokiAnswer';
import { LogList } from '../src/logs/view/LogList';
import { cssVariables, theme } from '../src/theme/theme';

const START_S = 1_790_000_000;
const STEP_S = 15;
const WIDTH = 1200;
const ROW_PX = 22;
const NONE = {};

/** The same numbers in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function points(seriesCount: number, pointCount: number) {
  const next = numbers(7);
  const times = Array.from({ length: pointCount }, (_, i) => START_S + i * STEP_S);
  const series = Array.from({ length: seriesCount }, (_, s) => {
    let value = 50 + 50 * next();
    return { key: `s${s}`, name: `series ${s}`, colour: `hsl(${(s * 47) % 360} 60% 50%)`, values: times.map(() => (value += next() - 0.5)) };
  });
  return { times, series };
}

function rows(count: number): LogRow[] {
  const streams = Array.from({ length: 40 }, (_, i) => ({ app: `app-${i}`, env: i % 2 ? 'prod' : 'dev' }));
  return Array.from({ length: count }, (_, i): LogRow => ({
    unixNanos: `${(START_S * 1000 + i) * 1_000_000}`,
    timestampMs: START_S * 1000 + i,
    line: `level=${i % 17 ? 'info' : 'error'} msg="request ${i} served" route=/api/things/${i % 100} status=${i % 17 ? 200 : 503} duration=${i % 971}ms bytes=${i % 65_537}`,
    stream: streams[i % streams.length]!,
    metadata: NONE,
    parsed: NONE,
    level: i % 17 ? 'info' : 'error',
  }));
}

let root: Root | null = null;
const host = document.getElementById('root')!;

function show(element: ReactNode): void {
  clear();
  root = createRoot(host);
  root.render(
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables}>
      {element}
    </MantineProvider>,
  );
}

function clear(): void {
  root?.unmount();
  root = null;
  host.replaceChildren();
}

const bench = {
  clear,
  /** One chart, or `count` of them, as pages draw them. */
  charts(count: number, seriesCount: number, pointCount: number) {
    const { times, series } = points(seriesCount, pointCount);
    show(
      Array.from({ length: count }, (_, i) => (
        <div key={i} style={{ width: WIDTH }}>
          <TimeChart times={times} series={series} startMs={times[0]! * 1000} endMs={times.at(-1)! * 1000} unit="none" height={300} label="benchmark" />
        </div>
      )),
    );
  },
  /** The same points by uPlot with what it does by itself. */
  bare(count: number, seriesCount: number, pointCount: number) {
    clear();
    const { times, series } = points(seriesCount, pointCount);
    for (let i = 0; i < count; i++) {
      const place = host.appendChild(document.createElement('div'));
      const options: uPlot.Options = { width: WIDTH, height: 300, legend: { show: false }, series: [{}, ...series.map(({ name, colour }) => ({ label: name, stroke: colour, points: { show: false } }))] };
      new uPlot(options, [times, ...series.map((one) => one.values)], place);
    }
  },
  /** A list of so many lines; resolves when the first are there. */
  async lines(count: number) {
    const made = rows(count);
    const nothing = () => {};
    const actions = { filter: nothing, filterLine: nothing, showContext: nothing };
    show(
      <div style={{ height: 800, display: 'flex', flexDirection: 'column' }}>
        <LogList rows={made} version={1} wrap={false} show="raw" rowPx={ROW_PX} needles={['served']} timeText={(row) => new Date(row.timestampMs).toISOString()} sourceLabel="app" actions={actions} onMore={nothing} footer={null} />
      </div>,
    );
    await new Promise((done) => setTimeout(done, 500));
  },
  /** Scrolls what scrolls through `steps` places of the list, one a frame; the longest frames and tasks in milliseconds. */
  async scroll(steps: number) {
    const scroller = [...document.querySelectorAll<HTMLElement>('#root *')].find((one) => one.scrollHeight > 100_000 && one.clientHeight > 100 && one.clientHeight < 5_000);
    if (scroller === undefined) throw new Error('nothing scrolls');
    const tasks: number[] = [];
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration)));
    observer.observe({ entryTypes: ['longtask'] });
    const end = scroller.scrollHeight - scroller.clientHeight;
    for (let step = 1; step <= steps; step++) {
      // Half of the way in jumps over all lines, half in small steps.
      scroller.scrollTop = step % 2 === 0 ? (end * step) / steps : scroller.scrollTop + 3 * ROW_PX;
      await new Promise(requestAnimationFrame);
    }
    await new Promise((done) => setTimeout(done, 200));
    observer.disconnect();
    return { scrolledPx: Math.round(scroller.scrollTop), longTasks: tasks, rowsInPage: scroller.querySelectorAll('*').length };
  },
};

Object.assign(globalThis, { bench });
