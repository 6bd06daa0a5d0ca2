// Every page with made data (web/mock), in both colour schemes, wide and narrow: axe-core finds no serious violation, nothing throws, nothing runs over the
// side, and no page loads more than it may.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { PAGES } from '../../web/mock/pages.mjs';
import { Browser } from './harness/browser.mjs';
import { Child, freePorts } from './harness/processes.mjs';
import { waitFor } from './harness/wait.mjs';

const MOCK = fileURLToPath(new URL('../../web/mock/server.mjs', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };
const FIRST_LOAD_BYTES = 400 * 1024;

const [port] = await freePorts(1);
const base = `http://127.0.0.1:${port}`;
let mock;
before(async () => {
  mock = new Child(process.execPath, [MOCK, String(port)]);
  await waitFor('the server of made data', 30, async () => (await fetch(base).catch(() => null))?.ok === true);
});
after(() => mock?.end());

describe('pages', { timeout: 540_000 }, () => {
  let browser;
  let page;
  before(async () => {
    browser = await Browser.open(base);
    page = browser.page;
  });
  after(() => browser?.close());

  /** Until nothing is being asked or drawn any more, or a page that never rests has had its time. */
  async function open(path) {
    await page.goto(path);
    await page.waitForSelector('main');
    await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => {});
    await settle();
  }

  /** Until nothing is paler because it is being loaded anew. */
  async function settle() {
    await page.waitForTimeout(400);
    await page.waitForFunction(() => document.querySelector('[data-loading="true"], [aria-busy="true"]') === null);
  }

  for (const [name, path] of Object.entries(PAGES)) {
    it(`${name} has no serious violation of accessibility`, async () => {
      const found = [];
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize(SIZES.wide);
        await open(path);
        await page.evaluate(AXE);
        for (const [size, viewport] of Object.entries(SIZES)) {
          await page.setViewportSize(viewport);
          await settle();
          const violations = await page.evaluate(async () => (await globalThis.axe.run(document, { resultTypes: ['violations'] })).violations);
          for (const violation of violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')) {
            found.push(`${colorScheme} ${size}: ${violation.id} (${violation.help}): ${violation.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
          }
          const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          if (over > 1) found.push(`${colorScheme} ${size}: ${over} pixels over the side`);
        }
      }
      assert.equal(found.join('\n'), '');
      assert.deepEqual(browser.failures, []);
    });
  }

  it('the first page loads at most 400 kB, compressed', async () => {
    const scripts = new Map();
    const keep = async (response) => {
      const type = response.request().resourceType();
      if (['script', 'stylesheet', 'document', 'font'].includes(type)) scripts.set(response.url(), gzipSync(await response.body()).length);
    };
    page.on('response', keep);
    await open('/');
    page.off('response', keep);
    const bytes = [...scripts.values()].reduce((sum, size) => sum + size, 0);
    assert.ok(bytes > 20_000, 'the page was loaded');
    assert.ok(bytes <= FIRST_LOAD_BYTES, `${bytes} bytes: ${[...scripts].map(([url, size]) => `${url.split('/').at(-1)} ${size}`).join(', ')}`);
  });
});
