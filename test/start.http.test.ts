import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../clients/typescript/index.ts';
import { photograph } from './support/photographs.ts';
import {
  childrenOf,
  failToStart,
  type StartedPlatform,
  startPlatformProcess,
  until,
} from './support/platform.ts';

interface Credentials {
  base_url: string;
  tenant_id: string;
  api_key: string;
  aws: Record<'access_key_id' | 'secret_access_key' | 'region' | 'endpoint', string>;
}

describe('bonafide start', () => {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'bf-')), 'data');
  let platform: StartedPlatform;
  let first: Credentials;

  const readCredentials = () =>
    JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8')) as Credentials;
  const client = () => createClient({ baseUrl: platform.url, apiKey: first.api_key });
  const isReady = async () =>
    (await fetch(`${platform.url}/health/ready`).catch(() => undefined))?.status === 200;

  beforeAll(async () => {
    platform = await startPlatformProcess({ DATA_DIR: dataDir, VISION_PROCESSES: '1' });
    first = readCredentials();
  });
  afterAll(async () => {
    await platform.stop('SIGKILL').catch(() => undefined);
    rmSync(join(dataDir, '..'), { recursive: true, force: true });
  });

  it('writes credentials that work, for their owner only', async () => {
    expect(statSync(join(dataDir, 'credentials.json')).mode & 0o777).toBe(0o600);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(first).toMatchObject({
      base_url: platform.url,
      tenant_id: expect.stringMatching(/^ten_/),
      aws: { region: 'eu-west-1', endpoint: `${platform.url}/aws/rekognition` },
    });
    const { matches } = await client().compareFaces({
      source: photograph(1),
      target: photograph(1),
    });
    expect(matches[0]?.similarity).toBeGreaterThan(99);
  });

  it('is ready in every part, and shows its metrics on their own port', async () => {
    expect(await isReady()).toBe(true);
    const metrics = await (await fetch(platform.metricsUrl)).text();
    expect(metrics).toContain('operation="compareFaces",status="200"');
    expect(metrics).not.toContain('ten_');
    expect((await fetch(`${platform.url}/metrics`)).status).toBe(404);
  });

  it('refuses a second platform on the same data directory', async () => {
    const { code, output } = await failToStart({ DATA_DIR: dataDir });
    expect(code).toBeGreaterThan(0);
    expect(output).toContain('[data_dir_in_use]');
    expect(output).toContain(`process ${platform.pid}`);
    expect(await isReady()).toBe(true);
  });

  it('brings back a database and a vision process that die', async () => {
    for (const part of ['database-process', 'vision-process']) {
      const [pid = 0] = childrenOf(platform.pid, part);
      process.kill(pid, 'SIGKILL');
      await until(
        () => childrenOf(platform.pid, part).some((other) => other !== pid),
        20_000,
        part,
      );
      await until(isReady, 20_000, `ready after ${part} died`);
    }
    await client().detectFaces({ image: photograph(1) });
  });

  it('stops when told, leaving no process, and starts again elsewhere with the same keys', async () => {
    const children = childrenOf(platform.pid);
    expect(children.length).toBeGreaterThan(1);
    expect(await platform.stop('SIGTERM')).toBe(0);
    expect(platform.output()).not.toContain(first.api_key);
    await until(() => children.every((pid) => !isAlive(pid)), 10_000, 'children gone');
    platform = await startPlatformProcess({ DATA_DIR: dataDir, VISION_PROCESSES: '1' });
    expect(readCredentials()).toEqual({
      ...first,
      base_url: platform.url,
      aws: { ...first.aws, endpoint: `${platform.url}/aws/rekognition` },
    });
    await client().detectFaces({ image: photograph(1) });
  });

  it('leaves no process behind when it is killed, and takes its data over at the next start', async () => {
    const children = childrenOf(platform.pid);
    await platform.stop('SIGKILL');
    await until(() => children.every((pid) => !isAlive(pid)), 20_000, 'children gone');
    platform = await startPlatformProcess({ DATA_DIR: dataDir, VISION_PROCESSES: '1' });
    expect(await isReady()).toBe(true);
  });
});

describe('bonafide start refuses, in one message and with a code,', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bf-'));
  const dataDir = join(directory, 'data');
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('a port that is taken', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve(Number(Object(server.address()).port)));
    });
    const { code, output } = await failToStart({ DATA_DIR: dataDir, HTTP_PORT: String(port) });
    expect(code).toBeGreaterThan(0);
    expect(output).toMatch(
      new RegExp(`127.0.0.1:${port}: another program listens there.*\\[port_unusable\\]`, 's'),
    );
    server.close();
  });

  it('a database that is not there, without its password', async () => {
    const { code, output } = await failToStart({
      DATA_DIR: dataDir,
      DATABASE_URL: 'postgres://jane:hunter2@127.0.0.1:1/none',
    });
    expect(code).toBeGreaterThan(0);
    expect(output).toContain('[database_unavailable]');
    expect(output).not.toContain('hunter2');
  });

  it('faults in the environment, all at once and without values', async () => {
    const { code, output } = await failToStart({ HTTP_PORT: 'hunter2', LOG_LEVEL: 'hunter2' });
    expect(code).toBeGreaterThan(0);
    expect(output).toMatch(/HTTP_PORT.*LOG_LEVEL/s);
    expect(output).not.toContain('hunter2');
  });

  it('a data directory that cannot be made', async () => {
    writeFileSync(join(directory, 'file'), '');
    const { code, output } = await failToStart({ DATA_DIR: join(directory, 'file', 'data') });
    expect(code).toBeGreaterThan(0);
    expect(output).toContain('[data_dir_unusable]');
  });

  const disk = join(directory, 'disk');
  it.skipIf(!mountSmallDisk(disk))('a full disk', async () => {
    const { code, output } = await failToStart({ DATA_DIR: join(disk, 'data') });
    execFileSync('umount', [disk]);
    expect(code).toBeGreaterThan(0);
    expect(output).toMatch(/\[(database_disk_full|storage_full)\]/);
  });
});

/** Half a megabyte; false where this user may not mount. */
function mountSmallDisk(path: string): boolean {
  try {
    mkdirSync(path);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
