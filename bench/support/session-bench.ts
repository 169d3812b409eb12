import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore, type Store } from '../../src/app/open-store.ts';
import { type SessionsService, startSessions } from '../../src/app/sessions.ts';
import { startVision, type Vision } from '../../src/app/vision.ts';
import { newId, type SessionId, type TenantId } from '../../src/core/ids.ts';
import type { ObjectStore } from '../../src/core/objects.ts';
import type { Stream } from '../../src/features/checks/index.ts';
import { type ModelPack, resolveModels } from '../../src/features/models/index.ts';
import {
  applyEvent,
  createPersonalBox,
  documentTasks,
  faceTasks,
  livenessTasks,
  openSession,
  runTask,
  type SessionEvent,
  type SessionTask,
  submitEvidence,
  type TaskOutcome,
} from '../../src/features/sessions/index.ts';
import { withSystem, withTenant } from '../../src/platform/db/transaction.ts';
import { openObjectStore } from '../../src/platform/objects/open-object-store.ts';
import { photograph } from '../../test/support/photographs.ts';

/** The parts of the platform that sessions need, in this process, on an own data directory. */
export interface SessionBench {
  readonly store: Store;
  readonly objects: ObjectStore;
  readonly vision: Vision;
  readonly pack: ModelPack;
  readonly tenant: TenantId;
  readonly dataDir: string;
  /** Called when a session has ended or waits for a human. */
  readonly decided: Map<string, () => void>;
  close(): Promise<void>;
}

export async function openSessionBench(processes: number): Promise<SessionBench> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bf-'));
  const config = {
    dataDir,
    database: { url: undefined },
    masterKey: undefined,
    previousMasterKey: undefined,
  };
  const store = await openStore(config);
  const pack = await resolveModels({ dataDir });
  const vision = startVision({
    processes,
    models: pack.models,
    warmUp: ['face-detection', 'face-mesh', 'face-embedding', 'mrz-glyphs'],
  });
  await vision.ready();
  const objects = openObjectStore({
    directory: join(dataDir, 'objects'),
    keys: store.keys.subjects,
  });
  const tenant = newId('tenant');
  await withSystem(store.db, (tx) =>
    tx.insertInto('tenant').values({ id: tenant, name: 'bench' }).execute(),
  );
  return {
    ...{ store, objects, vision, pack, tenant, dataDir, decided: new Map() },
    async close() {
      await vision.close();
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export interface Media {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** Recordings of real people, in turn: a size or a length of one of them says little. */
const recordings = [
  ['bioid_nod_head.mp4', 'video/mp4'],
  ['intel_asl_again.mkv', 'video/x-matroska'],
  ['intel_asl_yes.mkv', 'video/x-matroska'],
] as const;

/** Videos of faces and pictures of documents; from installed packages alone, without the data beside the checkout. */
export function sessionMedia(): {
  mediaOf(run: number): Readonly<Record<Exclude<Stream, 'proof_of_address'>, Media>>;
  statement: string;
} {
  const shared = (path: string) =>
    fileURLToPath(new URL(`../../../shared/data/${path}`, import.meta.url));
  if (!existsSync(shared(`video/${recordings[0][0]}`))) {
    const picture = { bytes: photograph(1), contentType: 'image/jpeg' };
    return {
      mediaOf: () => ({ face: picture, document_front: picture, document_back: picture }),
      statement: 'photographs of @vladmandic/face-api for all three streams; no video',
    };
  }
  const image = (name: string) => ({
    bytes: readFileSync(shared(`documents/images/${name}`)),
    contentType: 'image/jpeg',
  });
  const faces = recordings.map(([name, contentType]) => ({
    bytes: readFileSync(shared(`video/${name}`)),
    contentType,
  }));
  const documents = {
    document_front: image('FRA-ID94__National_ID_France_1994_recto.jpg'),
    document_back: image('FRA-ID94__National_ID_France_1994_verso.jpg'),
  };
  return {
    mediaOf: (run) => {
      const face = faces[run % faces.length];
      if (!face) throw new Error('There is no recording');
      return { face, ...documents };
    },
    statement: `${recordings.length} recordings of real people in turn, both sides of an identity card (shared data)`,
  };
}

export const realTasks = ({ pack }: SessionBench) => [
  ...faceTasks(pack),
  ...livenessTasks,
  ...documentTasks,
];

/** The same graph with tasks that do nothing: what is left is the engine and the bookkeeping. */
export const emptyTasks = (bench: SessionBench): SessionTask[] =>
  realTasks(bench).map(({ name, isLight }) => ({
    name,
    ...(isLight && { isLight }),
    version: 0,
    roles: [],
    run: async () => ({
      outcome: 'done',
      codes: [],
      scores: { similarity: 95 },
      facts: {},
      artifacts: [],
      models: [],
    }),
  }));

export function startEngine(
  bench: SessionBench,
  tasks: readonly SessionTask[],
  processes: number,
): Promise<SessionsService> {
  const { store, objects, vision } = bench;
  return startSessions({
    ...{ db: store.db, keys: store.keys, objects, vision, tasks },
    publish: async (_tx, _tenant, { session, event }) => {
      if (event === 'session.started') return;
      // After the commit that this call is part of.
      setTimeout(() => bench.decided.get(session)?.(), 1);
    },
    sendOutgoing: () => Promise.reject(new Error('no workflow here asks anybody')),
    modelDigests: (roles) =>
      bench.pack.models.filter(({ role }) => roles.includes(role)).map(({ model }) => model.sha256),
    roles: ['sessions', 'cpu', 'inference'],
    capacity: { cpu: Math.max(2, processes), inference: processes },
    version: 'bench',
    engine: { kind: 'embedded', dataDir: bench.dataDir },
  });
}

export async function beginSession({ store, tenant }: SessionBench): Promise<SessionId> {
  const deps = { db: store.db, personal: createPersonalBox(store.keys) };
  const { id } = await openSession(
    deps,
    { tenant, environment: 'sandbox' },
    {
      id: newId('session'),
      subject: newId('subject'),
      workflow: 'id-liveness-match',
      locale: 'en',
      data: {
        reference: null,
        expected: { first_name: 'Anna', last_name: 'Eriksson' },
        metadata: null,
        callback: null,
      },
    },
    new Date(),
  );
  return id;
}

/** Stores the object and its row: when this returns, the capture is acknowledged. */
export async function upload(
  { store, objects, tenant }: SessionBench,
  session: SessionId,
  stream: Stream,
  { bytes, contentType }: Media,
): Promise<void> {
  const row = await withTenant(store.db, tenant, (tx) =>
    tx
      .selectFrom('session')
      .select('subject_id')
      .where('id', '=', session)
      .executeTakeFirstOrThrow(),
  );
  const object = await objects.put(bytes, { tenant, subject: row.subject_id, kind: 'evidence' });
  await withTenant(store.db, tenant, (tx) =>
    submitEvidence(tx, { tenant, session, stream, contentType }, object, new Date()),
  );
}

/**
 * The same reducer, tasks and pools without the engine, begun only now: what a pipeline that waits for the last
 * upload does. Answers how long until the decision.
 */
export async function processAtTheEnd(
  bench: SessionBench,
  session: SessionId,
  order: 'one after the other' | 'all at once',
): Promise<number> {
  const { store, tenant } = bench;
  const { db, keys } = store;
  const personal = createPersonalBox(keys);
  const startedAt = performance.now();
  const deps = {
    ...{ db, objects: bench.objects, vision: bench.vision, tasks: realTasks(bench) },
    modelDigests: () => [],
    resultKey: (owner: TenantId) => keys.tenantKey(owner, 'task-results'),
    expected: async (row: Parameters<typeof personal.open>[0]) =>
      (await personal.open(row))?.expected ?? undefined,
  };
  let steps = 0;
  const advance = (event: SessionEvent, record?: TaskOutcome['record']) => {
    steps++;
    const apply = { db, publish: async () => undefined };
    const message = { event, ...(record && { record }) };
    return applyEvent(apply, tenant, session, `bench ${steps}`, message);
  };
  const compute = async (effect: Awaited<ReturnType<typeof advance>>[number]): Promise<void> => {
    if (effect.type !== 'run_task') return;
    const { task, basis, artifacts } = effect;
    const { result, record } = await runTask(deps, { tenant, session, task, basis, artifacts });
    const event = { type: 'task_finished', task, basis, result, at: Date.now() } as const;
    const next = await advance(event, record);
    await computeAll(next);
  };
  const computeAll = async (effects: Awaited<ReturnType<typeof advance>>): Promise<void> => {
    if (order === 'all at once') await Promise.all(effects.map(compute));
    else for (const effect of effects) await compute(effect);
  };
  const messages = await withSystem(db, (tx) =>
    tx.deleteFrom('outbox').where('key', '=', session).returning(['id', 'payload']).execute(),
  );
  const pending: Promise<void>[] = [];
  for (const { payload } of messages.sort((a, b) => a.id - b.id)) {
    const effects = await advance(payload.event as SessionEvent);
    if (order === 'all at once') pending.push(computeAll(effects));
    else await computeAll(effects);
  }
  await Promise.all(pending);
  return performance.now() - startedAt;
}
