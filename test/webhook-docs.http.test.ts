import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WebhookDelivery } from '../src/app/webhooks.ts';
import { type Service, startService } from './support/service.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

let service: Service;
let delivery: WebhookDelivery;
let folder: string;

beforeAll(async () => {
  service = await startService();
  delivery = service.webhooks.deliver();
  // Within node_modules, so that the receiver finds its library as after `npm install`.
  const parent = join(root, 'node_modules/.cache/bonafide');
  mkdirSync(parent, { recursive: true });
  folder = mkdtempSync(join(parent, 'webhook-docs-'));
});
afterAll(async () => {
  await delivery?.close();
  await service?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Code of the page in one language, block after block. */
function blocks(language: string): string[] {
  const page = readFileSync(join(root, 'docs/webhooks.md'), 'utf8');
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code = '']) => code,
  );
}

function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

it('docs/webhooks.md: the commands and the receiver work as they stand there', async () => {
  const apiKey = await service.newApiKey(await service.newTenant('reader'));
  mkdirSync(join(folder, 'data'));
  const credentials = { base_url: service.url, api_key: apiKey };
  writeFileSync(join(folder, 'data/credentials.json'), JSON.stringify(credentials));
  const [receiver = ''] = blocks('js');
  writeFileSync(join(folder, 'receiver.mjs'), receiver);
  const port = await freePort();
  const script = blocks('sh').join('\n').replaceAll('127.0.0.1:4000', `127.0.0.1:${port}`);
  const { stdout } = await run('bash', ['-euc', script], {
    cwd: folder,
    env: { ...process.env, PORT: String(port) },
  });
  expect(stdout).toMatch(/webhook\.test \{"webhook_id":"whk_[a-z0-9]+"\}/);
  expect(stdout).toContain('"state":"delivered"');
  expect(stdout).toMatch(/"secret":"whsec_/);
});
