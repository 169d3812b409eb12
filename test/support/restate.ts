import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverBinary } from '../../src/platform/engine/embedded-engine.ts';
import { createEngineClient, type EngineClient } from '../../src/platform/engine/engine-client.ts';
import { freePort, until } from './platform.ts';

export interface RestateNode {
  readonly ingressUrl: string;
  readonly adminUrl: string;
  readonly pid: number;
  /** kill -9 */
  kill(): Promise<void>;
}

export interface RestateCluster {
  readonly nodes: readonly RestateNode[];
  readonly client: EngineClient;
  stop(): Promise<void>;
}

/** A Restate of our own on loopback, as an operator would run one: one node, or several with replicated logs. */
export async function startRestate(size = 1): Promise<RestateCluster> {
  const directory = mkdtempSync(join(tmpdir(), 'bonafide-restate-'));
  const ports = await Promise.all(
    Array.from({ length: size }, async () => ({
      fabric: await freePort(),
      ingress: await freePort(),
      admin: await freePort(),
    })),
  );
  const fabrics = ports.map(({ fabric }) => `http://127.0.0.1:${fabric}/`);
  const nodes = await Promise.all(
    ports.map(async ({ fabric, ingress, admin }, index) => {
      const base = join(directory, `n${index + 1}`);
      mkdirSync(base);
      const path = join(base, 'restate.toml');
      writeFileSync(path, nodeConfig({ base, index, size, fabric, ingress, admin, fabrics }));
      const child = spawn(
        'setpriv',
        ['--pdeathsig=SIGKILL', serverBinary(), '--no-logo', '--config-file', path],
        { stdio: 'ignore', env: { PATH: '/usr/bin:/bin', HOME: base } },
      );
      const exited = once(child, 'exit');
      return {
        ingressUrl: `http://127.0.0.1:${ingress}`,
        adminUrl: `http://127.0.0.1:${admin}`,
        pid: child.pid ?? 0,
        async kill() {
          child.kill('SIGKILL');
          await exited;
        },
      };
    }),
  );
  const clientOf = ({ ingressUrl, adminUrl }: RestateNode) =>
    createEngineClient({ ingress: { url: ingressUrl }, admin: { url: adminUrl } });
  for (const node of nodes) {
    const client = clientOf(node);
    await until(() => client.isReady(), 60_000, `Restate node ${node.pid} is ready`);
    client.close();
  }
  const [first] = nodes;
  if (!first) throw new Error('A cluster has at least one node');
  const client = clientOf(first);
  // Health is told before the cluster has agreed on its partitions.
  if (size > 1) await sleep(2_000);
  return {
    nodes,
    client,
    async stop() {
      client.close();
      await Promise.all(nodes.map((node) => node.kill().catch(() => undefined)));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface NodeOptions {
  readonly base: string;
  readonly index: number;
  readonly size: number;
  readonly fabric: number;
  readonly ingress: number;
  readonly admin: number;
  readonly fabrics: readonly string[];
}

function nodeConfig({ base, index, size, fabric, ingress, admin, fabrics }: NodeOptions): string {
  const cluster =
    size === 1
      ? ''
      : `force-node-id = ${index + 1}
auto-provision = ${index === 0}
default-replication = 2
[metadata-client]
type = "replicated"
addresses = ${JSON.stringify(fabrics)}
`;
  return `base-dir = ${JSON.stringify(base)}
node-name = "n${index + 1}"
cluster-name = "test"
bind-address = "127.0.0.1:${fabric}"
advertised-address = "http://127.0.0.1:${fabric}/"
listen-mode = "tcp"
disable-telemetry = true
default-num-partitions = ${size === 1 ? 4 : 6}
rocksdb-total-memory-size = "256 MiB"
shutdown-timeout = "5s"
log-filter = "error"
${cluster}[ingress]
bind-address = "127.0.0.1:${ingress}"
[admin]
bind-address = "127.0.0.1:${admin}"
disable-web-ui = true
[admin.query-engine]
memory-size = "128 MiB"
[bifrost]
${size === 1 ? '' : 'default-provider = "replicated"\n'}record-cache-memory-size = "32 MiB"
[worker.invoker]
memory-limit = "256 MiB"
`;
}
