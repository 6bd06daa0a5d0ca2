// Measures what the browser spends on charts, panels and lines, beside uPlot's own bare time for the same points.
//   npm --prefix web run bench          ROUNDS=7 by default; CHROMIUM names the browser
// Times are of the main thread (CDP's TaskDuration: scripts, styles, layout, painting), the median of the rounds, which alternate.
import { createServer } from 'node:http';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { chromium } from 'playwright-core';

const rounds = Number(process.env.ROUNDS ?? 7);
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const folder = fileURLToPath(new URL('../../.build/web-bench', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

await build({ configFile: fileURLToPath(new URL('./vite.config.ts', import.meta.url)), logLevel: 'error' });
const server = createServer((req, res) => {
  const path = normalize(new URL(req.url, 'http://bench').pathname).replace(/^\/$/, '/index.html');
  const file = join(folder, path);
  if (!existsSync(file)) res.writeHead(404).end();
  else res.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(readFileSync(file));
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const profile = mkdtempSync(join(tmpdir(), 'bench-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  viewport: { width: 1280, height: 900 },
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--js-flags=--expose-gc'],
});
try {
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction(() => globalThis.bench !== undefined);
  const cdp = await context.newCDPSession(page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const taskMs = async () => (await cdp.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value * 1000;

  /** Milliseconds of the main thread from a call until nothing is left to do. */
  async function spent(name, ...args) {
    await page.evaluate(() => {
      globalThis.bench.clear();
      globalThis.gc();
    });
    await page.waitForTimeout(200);
    const before = await taskMs();
    await page.evaluate(([what, given]) => globalThis.bench[what](...given), [name, args]);
    await page.waitForTimeout(600);
    const canvases = await page.evaluate(() => document.querySelectorAll('canvas').length);
    if (canvases === 0) throw new Error(`${name} drew nothing`);
    return (await taskMs()) - before;
  }

  const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  for (const [title, ...args] of [['100 series of 1,500 points', 1, 100, 1500], ['30 panels of 10 series of 300 points', 30, 10, 300]]) {
    const [ours, bare] = [[], []];
    for (let round = 0; round <= rounds; round++) {
      const [first, second] = [await spent('charts', ...args), await spent('bare', ...args)];
      // The first round compiles.
      if (round > 0) {
        ours.push(first);
        bare.push(second);
      }
    }
    console.log(`${title}: ${median(ours).toFixed(1)} ms, uPlot alone ${median(bare).toFixed(1)} ms (${(median(ours) / median(bare)).toFixed(2)})`);
  }

  await page.evaluate(() => globalThis.bench.lines(1_000_000));
  const { scrolledPx, longTasks, rowsInPage } = await page.evaluate(() => globalThis.bench.scroll(400));
  console.log(`1,000,000 lines, 400 steps of scrolling over ${scrolledPx} px: ${longTasks.length} tasks over 50 ms${longTasks.length ? ` (the longest ${Math.max(...longTasks).toFixed(0)} ms)` : ''}, ${rowsInPage} elements in the page`);
} finally {
  await context.close();
  server.close();
  rmSync(profile, { recursive: true, force: true });
}
