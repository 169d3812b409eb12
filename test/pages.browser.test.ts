import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeInChromium, launchChromium } from './support/chromium.ts';
import { bonafide } from './support/command-line.ts';
import { type Service, startService } from './support/service.ts';

const widths = [390, 1440];

describeInChromium('pages in a browser', () => {
  let browser: Browser;
  let service: Service;
  const folder = mkdtempSync(join(tmpdir(), 'bonafide-pages-'));
  const report = join(folder, 'report.html');

  beforeAll(async () => {
    browser = await launchChromium();
    service = await startService();
    await bonafide(['demo', '--html', report], { DATA_DIR: join(folder, 'data') });
  });

  afterAll(async () => {
    await browser?.close();
    await service?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const width of widths) {
    it(`the documentation fits ${width} pixels, asks nobody else and has names for everything`, async () => {
      const { page, strangers } = await open(browser, `${service.url}/docs`, width);
      await expectToFit(page);
      expect(strangers).toEqual([]);
      expect(await page.locator('h1').count()).toBe(1);
      expect(await page.locator('html').getAttribute('lang')).toBeTruthy();
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement !== document.body')).toBe(true);
      // Every endpoint of the navigation is there to jump to.
      const targets = await page
        .locator('nav a[href^="#"]')
        .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
      expect(targets.length).toBeGreaterThan(10);
      const missing = await page.evaluate(
        `${JSON.stringify(targets)}.filter((target) => !document.getElementById(target.slice(1)))`,
      );
      expect(missing).toEqual([]);
    });

    it(`the report of a verification fits ${width} pixels and shows both faces`, async () => {
      const { page, strangers } = await open(browser, pathToFileURL(report).href, width);
      await expectToFit(page);
      expect(strangers).toEqual([]);
      expect(await page.locator('h1').textContent()).toBe('Match');
      expect(await page.locator('figure').count()).toBe(2);
      // Two pictures and two close-ups, each with words for those who cannot see them.
      const labels = await page
        .locator('figure svg[role=img]')
        .evaluateAll((pictures) => pictures.map((picture) => picture.getAttribute('aria-label')));
      expect(labels).toHaveLength(4);
      expect(labels.every(Boolean)).toBe(true);
      expect(await page.locator('figure circle').count()).toBe(60);
      expect(await page.evaluate(`document.querySelectorAll('script').length`)).toBe(0);
    });
  }
});

/** Opens a page and records every request that leaves its origin. */
async function open(browser: Browser, url: string, width: number) {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const strangers: string[] = [];
  page.on('request', (request) => {
    const other = request.url();
    if (!other.startsWith('data:') && new URL(other).host !== new URL(url).host)
      strangers.push(other);
  });
  await page.goto(url);
  return { page, strangers };
}

async function expectToFit(page: Page): Promise<void> {
  const [content, window] = (await page.evaluate(
    '[document.documentElement.scrollWidth, innerWidth]',
  )) as [number, number];
  expect(content).toBeLessThanOrEqual(window);
}
