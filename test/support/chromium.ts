import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { describe } from 'vitest';

const executablePath = '/usr/bin/chromium';
const isInstalled = existsSync(executablePath);

/** Debian's Chromium, with nothing that talks to the outside. */
export function launchChromium(): Promise<Browser> {
  const quiet = ['quic', 'background-networking', 'component-update', 'sync'];
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', ...quiet.map((feature) => `--disable-${feature}`)],
  });
}

/** Like `describe`, but skipped, with the reason in its name, where Chromium is not installed. In CI that fails. */
export function describeInChromium(name: string, body: () => void): void {
  if (isInstalled) {
    describe(name, body);
    return;
  }
  if (process.env.CI) throw new Error(`${name}: needs Chromium, which CI must install`);
  describe.skip(`${name} (skipped: no ${executablePath}; apt-get install chromium)`, body);
}
