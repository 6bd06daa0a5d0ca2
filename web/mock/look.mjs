// Takes a picture of each page, light and dark, wide and narrow, from a running mock (or real) server.
//   BASE=http://127.0.0.1:4999 OUT=/tmp/look node mock/look.mjs [name …]
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { PAGES } from './pages.mjs';

const base = process.env.BASE ?? 'http://127.0.0.1:4999';
const out = process.env.OUT ?? join(tmpdir(), 'triptych-look');
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const SIZES = { 1440: { width: 1440, height: 900 }, 1280: { width: 1280, height: 800 }, 390: { width: 390, height: 844 } };
const wanted = process.argv.slice(2);

mkdirSync(out, { recursive: true });
const profile = mkdtempSync(join(tmpdir(), 'look-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = await context.newPage();
page.on('pageerror', (error) => console.log(`page error: ${error.message}`));
page.on('console', (message) => message.type() === 'error' && console.log(`console: ${message.text()}`));
for (const [name, path] of Object.entries(PAGES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const [size, viewport] of Object.entries(SIZES)) {
      if (process.env.SIZES && !process.env.SIZES.split(',').includes(size)) continue;
      await page.setViewportSize(viewport);
      await page.goto(base + path);
      await page.waitForTimeout(Number(process.env.WAIT ?? 1800));
      await page.screenshot({ path: join(out, `${name}-${scheme}-${size}.png`) });
    }
  }
}
await context.close();
rmSync(profile, { recursive: true, force: true });
console.log(`pictures in ${out}`);
