import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { newFolder } from './processes.mjs';

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Debian's Chromium with a profile of its own. What a page throws is kept in `failures`. */
export class Browser {
  failures = [];

  static async open(baseUrl, options = {}) {
    if (!existsSync(executablePath)) throw new Error(`no browser at ${executablePath}: apt-get install -y chromium, or set CHROMIUM`);
    const browser = new Browser();
    browser.context = await chromium.launchPersistentContext(newFolder('browser'), {
      executablePath,
      headless: true,
      args: FLAGS,
      baseURL: baseUrl,
      viewport: { width: 1440, height: 900 },
      timeout: 30_000,
      ...options,
    });
    browser.context.setDefaultTimeout(20_000);
    browser.page = await browser.context.newPage();
    browser.page.on('pageerror', (error) => browser.failures.push(error.message));
    return browser;
  }

  /** Pictures for people to look at, light and dark, in TRIPTYCH_TEST_PICTURES; nothing without it. */
  async picture(name) {
    const folder = process.env.TRIPTYCH_TEST_PICTURES;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    for (const colorScheme of ['dark', 'light']) {
      await this.page.emulateMedia({ colorScheme });
      await this.page.waitForTimeout(400);
      await this.page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
    }
  }

  async close() {
    await this.context.close();
  }
}
