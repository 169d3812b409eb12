import '../../src/core/polyfill.ts';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EngineChoice, startSessions } from '../../src/app/sessions.ts';
import type { SessionTask } from '../../src/features/sessions/index.ts';
import { connect } from '../../src/platform/db/connect.ts';
import { enqueue } from '../../src/platform/db/outbox.ts';
import { openKeys } from '../../src/platform/keys/keys.ts';
import { createFileBlobs } from '../../src/platform/objects/file-blobs.ts';
import { createObjectStore } from '../../src/platform/objects/object-store.ts';

/** A platform process that tests kill: actors and pools with tasks that only take time. */
const [dataDir = '', databaseUrl = '', version = '1', engine, taskMs = '30'] =
  process.argv.slice(2);

const quick = (name: string, scores = {}): SessionTask => ({
  name,
  version: 1,
  roles: [],
  run: async () => {
    await sleep(Number(taskMs));
    return { outcome: 'done', codes: [], scores, facts: {}, artifacts: [], models: [] };
  },
});

const db = connect(databaseUrl);
const keys = await openKeys({ directory: join(dataDir, 'keys') });
const sessions = await startSessions({
  db,
  keys,
  objects: createObjectStore(createFileBlobs(join(dataDir, 'objects')), keys.subjects),
  vision: { run: () => Promise.reject(new Error('no vision here')) },
  tasks: [
    quick('analyse-face'),
    quick('analyse-portrait'),
    quick('match-faces', { similarity: 95 }),
  ],
  publish: (tx, tenant, { event, session }) =>
    enqueue(tx, { tenant, topic: 'test.notice', key: session, payload: { event } }),
  sendOutgoing: () => Promise.reject(new Error('nobody is asked here')),
  modelDigests: () => [],
  roles: ['sessions', 'cpu', 'inference'],
  capacity: { cpu: 2, inference: 2 },
  version,
  engine: engine ? (JSON.parse(engine) as EngineChoice) : { kind: 'embedded', dataDir },
});
process.on('message', (message) => {
  if (message === 'kick') sessions.kick();
  if (message === 'engine') process.send?.({ enginePid: sessions.enginePid });
  if (message === 'close') {
    void sessions.close().then(async () => {
      await db.destroy();
      process.disconnect();
    });
  }
});
process.send?.('ready');
