import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { describe } from 'vitest';

const run = promisify(execFile);
const programs = ['proxy', 'account', 'container', 'object'].map((name) => `swift-${name}-server`);

/** Debian's OpenStack Swift speaks S3 and, unlike small test servers, refuses a wrong secret. */
const hasSwift = programs.every((program) => existsSync(`/usr/bin/${program}`));

/** Skipped, with the reason in its name, where Swift is not installed. CI must have it. */
export function describeWithSwift(name: string, body: () => void): void {
  if (hasSwift) {
    describe(name, body);
    return;
  }
  if (process.env.CI) throw new Error(`${name}: needs OpenStack Swift, which CI must install`);
  describe.skip(
    `${name} (skipped: no OpenStack Swift; docs/storage.md says how to install it)`,
    body,
  );
}

export interface Swift {
  /** For OBJECT_STORE_URL; the bucket exists. */
  readonly url: string;
  readonly bucket: string;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  close(): Promise<void>;
}

/** One proxy and one storage node on free loopback ports, everything in a temporary folder. */
export async function startSwift(): Promise<Swift> {
  const root = await mkdtemp(join(tmpdir(), 'swift-'));
  const [proxy, account, container, object] = await Promise.all(programs.map(freePort));
  const ports = { account: account ?? 0, container: container ?? 0, object: object ?? 0 };
  const secret = randomBytes(18).toString('hex');
  await mkdir(join(root, 'devices/d1'), { recursive: true });
  await mkdir(join(root, 'cache'));
  await makeRings(root, ports);
  for (const [name, port] of Object.entries(ports)) {
    await writeFile(join(root, `${name}.conf`), storageConfig(root, name, port));
  }
  await writeFile(join(root, 'proxy.conf'), proxyConfig(root, proxy ?? 0, secret));
  const children = ['account', 'container', 'object', 'proxy'].map((name) =>
    spawn(`/usr/bin/swift-${name}-server`, [join(root, `${name}.conf`)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
  );
  const close = async () => {
    await Promise.all(children.map(stop));
    await rm(root, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${proxy}`;
  const credentials = { accessKeyId: 'test:tester', secretAccessKey: secret };
  const bucket = 'bonafide';
  try {
    await createBucket(endpoint, credentials, bucket, children);
  } catch (error) {
    await close();
    throw error;
  }
  const url = `s3://${bucket}/some/prefix?endpoint=${endpoint}&region=us-east-1`;
  return { url, bucket, endpoint, credentials, close };
}

/** One partition map per kind of server; all in one Python process, because each start of it takes a second. */
async function makeRings(root: string, ports: Record<string, number>): Promise<void> {
  const script = `
import sys
from swift.common.ring import RingBuilder
for name, port in zip(sys.argv[2::2], sys.argv[3::2]):
    builder = RingBuilder(4, 1, 1)
    builder.add_dev({'id': 0, 'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': int(port),
                     'replication_ip': '127.0.0.1', 'replication_port': int(port),
                     'device': 'd1', 'weight': 1.0, 'meta': ''})
    builder.rebalance()
    builder.get_ring().save('%s/%s.ring.gz' % (sys.argv[1], name))
`;
  const pairs = Object.entries(ports).flatMap(([name, port]) => [name, String(port)]);
  await run('/usr/bin/python3', ['-c', script, root, ...pairs]);
}

function storageConfig(root: string, name: string, port: number): string {
  return `
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${process.env.USER ?? 'root'}
devices = ${root}/devices
mount_check = false
swift_dir = ${root}
recon_cache_path = ${root}/cache
fallocate_reserve = 0
[pipeline:main]
pipeline = ${name}-server
[app:${name}-server]
use = egg:swift#${name}
`;
}

function proxyConfig(root: string, port: number, secret: string): string {
  return `
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${process.env.USER ?? 'root'}
swift_dir = ${root}
[pipeline:main]
pipeline = catch_errors cache bulk s3api tempauth slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:9
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = ${secret} .admin
[filter:slo]
use = egg:swift#slo
`;
}

async function createBucket(
  endpoint: string,
  credentials: Swift['credentials'],
  bucket: string,
  children: readonly ChildProcess[],
): Promise<void> {
  const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
  let output = '';
  for (const child of children) {
    child.stderr?.on('data', (data: Buffer) => {
      output = (output + data.toString()).slice(-2000);
    });
  }
  for (let attempt = 0; ; attempt++) {
    try {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      return;
    } catch (error) {
      const hasDied = children.some((child) => child.exitCode !== null);
      if (attempt >= 60 || hasDied) {
        throw new Error(`Swift did not start: ${output}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
