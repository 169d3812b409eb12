/**
 * kill -9 of the server, a vision process, the embedded engine and the embedded database, at random, with all
 * sessions in flight: whether each has its right outcome once, whether acknowledged captures are still there, and
 * whether every webhook event came, in order for each session.
 * `npm run chaos -- [--sessions 200] [--kills 12] [--seed 1] [--json FILE]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  childrenOf,
  freePort,
  type StartedPlatform,
  startPlatformProcess,
} from '../test/support/platform.ts';
import { seeded } from '../test/support/seeded.ts';
import { publishBench } from './support/bench-report.ts';
import { type ChaosSession, createChaosClient, listenForWebhooks } from './support/chaos-client.ts';

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '200' },
    kills: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const count = Number(values.sessions);
const kills = Number(values.kills);
const random = seeded(Number(values.seed));
const directory = mkdtempSync(join(tmpdir(), 'bf-'));
const dataDir = join(directory, 'data');
const environment = {
  DATA_DIR: dataDir,
  HTTP_PORT: String(await freePort()),
  METRICS_PORT: String(await freePort()),
  LOG_LEVEL: 'error',
  VISION_PROCESSES: '2',
  WEBHOOK_ALLOW_PRIVATE: '127.0.0.0/8',
};
let platform: StartedPlatform = await startPlatformProcess(environment);
const receiver = await listenForWebhooks();
try {
  await wreak();
} finally {
  await platform.stop();
  receiver.close();
  rmSync(directory, { recursive: true, force: true });
}
process.exit();

async function wreak(): Promise<void> {
  const client = await createChaosClient(platform.url, dataDir, receiver.url);

  const sessions: ChaosSession[] = [];
  // All of them in flight from the first second on.
  const work = Array.from({ length: count }, async (_, i) => {
    sessions.push(await client.run(i));
  });
  const done = Promise.all(work);
  let isOver = false;
  void done.finally(() => {
    isOver = true;
  });
  const killed: Record<string, number> = { server: 0, vision: 0, engine: 0, database: 0 };
  const parts = Object.keys(killed);
  let made = 0;
  // Until enough were killed and the work is done; every part has its turn before chance chooses.
  while (made < kills || !isOver) {
    await sleep(2_000 + 6_000 * random());
    if (made >= kills) continue;
    const part = made < parts.length ? parts[made] : parts[Math.floor(random() * parts.length)];
    if (part !== undefined && (await kill(part))) {
      made++;
      killed[part] = (killed[part] ?? 0) + 1;
      console.log(
        `kill ${made} of ${kills}: ${part}; ${sessions.length} of ${count} sessions done`,
      );
    }
  }
  await done;
  await receiver.settle(sessions, 180_000);

  const lost = await client.countLost(sessions);
  const { missing, outOfOrder, twice } = receiver.judge(sessions);
  const right = sessions.filter(
    ({ status, expected, id }) => status === expected && !twice.has(id),
  );
  const none = (what: string, value: number) =>
    ({ what, value, unit: '', bar: '0', ok: value === 0 }) as const;
  publishBench(
    'chaos',
    [
      { what: 'sessions', value: count, unit: '' },
      { what: 'kills', value: made, unit: '', bar: `≥ ${kills}`, ok: made >= kills },
      ...Object.entries(killed).map(([part, value]) => ({
        what: `kills_${part}`,
        value,
        unit: '',
      })),
      {
        what: 'right_outcomes',
        value: right.length,
        unit: '',
        bar: String(count),
        ok: right.length === count,
      },
      none('lost_evidence', lost),
      none('webhooks_missing', missing),
      none('webhooks_out_of_order', outOfOrder),
      { what: 'webhook_deliveries', value: receiver.deliveries(), unit: '' },
    ],
    process.argv,
  );
}

/** False when the part is not there at this moment. */
async function kill(part: string): Promise<boolean> {
  if (part === 'server') {
    await platform.stop('SIGKILL');
    platform = await startPlatformProcess(environment);
    return true;
  }
  const [pid] =
    part === 'engine'
      ? childrenOf(platform.pid, 'restate').flatMap((launcher) =>
          childrenOf(launcher, 'restate.toml'),
        )
      : childrenOf(platform.pid, `${part}-process`);
  if (pid === undefined) return false;
  process.kill(pid, 'SIGKILL');
  return true;
}
