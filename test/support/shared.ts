import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

/** Evaluation data and optional weights lie beside the checkout and never inside it. */
const root = resolve(fileURLToPath(import.meta.url), '../../../../shared');

export const hasShared = existsSync(resolve(root, 'data/README.md'));

/** Absolute path of a file beside the checkout: `sharedPath('data/faces/pairs.csv')`. */
export function sharedPath(path: string): string {
  return resolve(root, path);
}

/** Like `describe`, but skipped, with the reason in its name, in a clone that has no ../shared. In CI that fails. */
export function describeWithShared(name: string, body: () => void): void {
  if (hasShared) {
    describe(name, body);
    return;
  }
  if (process.env.CI) throw new Error(`${name}: needs ../shared, which CI must provide`);
  // The body is not even collected: it may read lists of files that are not there.
  describe.skip(name, () => it('skipped: no ../shared beside this checkout', () => undefined));
}
