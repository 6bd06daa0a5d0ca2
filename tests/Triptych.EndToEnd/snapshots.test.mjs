// Every page with made data and a clock that stands still, light and dark, beside a picture that somebody has looked at.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PAGES } from '../../web/mock/pages.mjs';
import { Browser } from './harness/browser.mjs';
import { Child, freePorts } from './harness/processes.mjs';
import { compare, stillPicture } from './harness/snapshots.mjs';
import { waitFor } from './harness/wait.mjs';

const MOCK = fileURLToPath(new URL('../../web/mock', import.meta.url));
const STILL = Date.UTC(2026, 10, 20, 12, 0, 0);
const SIZE = { width: 1280, height: 800 };
// The fonts are pinned, and how wide they are tells whether this machine draws them as the pictures were drawn.
const FONTS = `:root, :host { --mantine-font-family: "DejaVu Sans" !important; --mantine-font-family-monospace: "DejaVu Sans Mono" !important; --mantine-font-family-headings: "DejaVu Sans" !important; }`;
const SAMPLE = 'The quick brown fox jumps over 0123456789 lazy dogs';
const SAMPLE_PX = 360.5;

const [port] = await freePorts(1);
const base = `http://127.0.0.1:${port}`;
let mock;
before(async () => {
  mock = new Child(process.execPath, ['--import', `${MOCK}/stillClock.mjs`, `${MOCK}/server.mjs`, String(port)], { env: { ...process.env, STILL: String(STILL), TZ: 'UTC' } });
  await waitFor('the server of made data', 30, async () => (await fetch(base).catch(() => null))?.ok === true);
});
after(() => mock?.end());

describe('snapshots', { timeout: 540_000 }, () => {
  let browser;
  let page;
  let widthPx;
  before(async () => {
    browser = await Browser.open(base, { timezoneId: 'UTC', locale: 'en-GB' });
    page = browser.page;
    await page.setViewportSize(SIZE);
    widthPx = await page.evaluate((text) => {
      const context = document.createElement('canvas').getContext('2d');
      context.font = '13px "DejaVu Sans"';
      return context.measureText(text).width;
    }, SAMPLE);
    await page.clock.setFixedTime(STILL);
  });
  after(() => browser?.close());

  for (const [name, path] of Object.entries(PAGES)) {
    it(`${name} looks as it did`, async (t) => {
      if (Math.abs(widthPx - SAMPLE_PX) > 0.5) {
        t.skip(`this machine draws DejaVu Sans ${widthPx} px wide where the pictures have ${SAMPLE_PX}: it lacks the font`);
        return;
      }
      const wrong = [];
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.goto(path);
        await page.addStyleTag({ content: FONTS });
        await page.waitForSelector('main');
        await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => {});
        await page.waitForFunction(() => document.querySelector('[data-loading="true"], [aria-busy="true"]') === null);
        wrong.push(await compare(page, `${name}-${colorScheme}`, await stillPicture(page)));
      }
      assert.equal(wrong.filter((one) => one !== null).join('\n'), '');
    });
  }
});
