import '../core/polyfill.ts';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelRole } from '../core/model.ts';
import type { ObjectStore } from '../core/objects.ts';
import type { TaskRunner } from '../core/task.ts';
import {
  type ApplyDeps,
  applyEvent,
  type CallWebhookDeps,
  callWebhook,
  createGate,
  createHousekeeping,
  createPersonalBox,
  createSessionActor,
  createTaskPool,
  createWebhookCaller,
  type GateFigures,
  housekeepingObject,
  resumeAll,
  resumeSession,
  runTask,
  type SessionTask,
  startSessionFeed,
  tidyUp,
} from '../features/sessions/index.ts';
import type { Db } from '../platform/db/schema.ts';
import { type Announcement, announceWorker } from '../platform/engine/announce-worker.ts';
import { type EmbeddedEngine, startEmbeddedEngine } from '../platform/engine/embedded-engine.ts';
import {
  createEngineClient,
  type EngineAddress,
  type EngineClient,
  type Invocation,
} from '../platform/engine/engine-client.ts';
import { createMessageSeal } from '../platform/engine/message-seal.ts';
import { serveWorker, type Worker } from '../platform/engine/worker.ts';
import type { Keys } from '../platform/keys/keys.ts';
import { nodeSecret } from './webhooks.ts';

export type SessionRole = 'sessions' | 'cpu' | 'inference';

/** What the handlers work with, wherever they run. */
export interface HandlerOptions {
  readonly db: Db;
  readonly keys: Keys;
  readonly objects: ObjectStore;
  readonly vision: TaskRunner;
  readonly tasks: readonly SessionTask[];
  readonly publish: ApplyDeps['publish'];
  readonly sendOutgoing: CallWebhookDeps['send'];
  modelDigests(roles: readonly ModelRole[]): readonly string[];
  /** None: this process hands events over and answers no calls of the engine. */
  readonly roles: readonly SessionRole[];
  /** Tasks at a time, in each pool. */
  readonly capacity: Readonly<Record<'cpu' | 'inference', number>>;
  onEvent?(event: SessionsEvent): void;
}

export interface SessionsOptions extends HandlerOptions {
  /** Carries events from the database to the engine; unless said otherwise, where actors are. */
  readonly feeds?: boolean;
  /** Version of the code; it becomes part of the URL that the engine calls. */
  readonly version: string;
  readonly engine: EngineChoice;
}

export type EngineChoice =
  | { readonly kind: 'embedded'; readonly dataDir: string }
  | {
      readonly kind: 'external';
      readonly ingressUrl: string;
      readonly adminUrl: string;
      /** Where the engine reaches this process; only a process without handlers has none. */
      readonly workerUrl?: string | undefined;
      /** Listened on; that of `workerUrl` unless given. */
      readonly workerPort?: number | undefined;
      readonly workerProtocol?: 'http2' | 'http1';
      readonly identityKey?: string | undefined;
    };

export type SessionsEvent =
  | { readonly type: 'engine_ended'; readonly code: number | null; readonly signal: string | null }
  | {
      readonly type: 'feed_failed' | 'step_failed' | 'task_failed' | 'housekeeping_failed';
      readonly error: unknown;
    };

export interface SessionsService {
  /** Something for a session was committed here: carry it to its actor at once. */
  kick(): void;
  isReady(): Promise<boolean>;
  figures(): Readonly<Record<'cpu' | 'inference', GateFigures>>;
  readonly enginePid: number | undefined;
  close(): Promise<void>;
}

/** The engine's side of the platform: actors, pools and the feed, in any subset of roles. */
export async function startSessions(options: SessionsOptions): Promise<SessionsService> {
  const embedded = await startEngine(options);
  const address = embedded?.address ?? externalAddress(options.engine);
  const client = createEngineClient(address);
  const tell = (invocation: Invocation) => client.send(invocation);
  const { seal, services, figures } = createHandlers(options, tell);
  const worker = services.length > 0 ? await startWorker(options, embedded, services) : undefined;
  if (worker) await announceWorker(client, announcementOf(options, worker));
  const feed =
    (options.feeds ?? options.roles.includes('sessions'))
      ? startSessionFeed({
          db: options.db,
          seal,
          send: tell,
          onError: (error) => options.onEvent?.({ type: 'feed_failed', error }),
        })
      : undefined;
  if (options.roles.includes('sessions')) {
    await beginHousekeeping(client);
    const rebuild = () => resumeAll({ db: options.db, seal, send: tell }, new Date());
    await rebuildOnce(options.engine, rebuild);
  }
  return {
    kick: () => feed?.kick(),
    isReady: () => client.isReady(),
    figures,
    get enginePid() {
      return embedded?.pid;
    },
    async close() {
      await feed?.close();
      client.close();
      await embedded?.close();
      await worker?.close();
    },
  };
}

/** Other nodes of a cluster learn of handlers a little later than the one that they were announced to. */
async function beginHousekeeping(client: EngineClient): Promise<void> {
  const { service, run: handler, key } = housekeepingObject;
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.send({ service, key, handler, payload: 0 });
    } catch (error) {
      if (attempt === 20) throw error;
      await sleep(500);
    }
  }
}

/**
 * An embedded engine without our mark has never run, or has lost its data: then nothing is under way in it. The
 * mark comes last, so that a start that was killed meanwhile is repeated; doing it twice is harmless.
 */
async function rebuildOnce(engine: EngineChoice, rebuild: () => Promise<unknown>): Promise<void> {
  if (engine.kind === 'external') return;
  const mark = join(engine.dataDir, 'engine', 'rebuilt');
  if (existsSync(mark)) return;
  await rebuild();
  writeFileSync(mark, '', { mode: 0o600 });
}

type FailureType = Extract<SessionsEvent, { error: unknown }>['type'];
type Services = Parameters<typeof serveWorker>[0]['services'];

const housekeepingEveryMs = 10 * 60_000;

/** The handlers of these roles, to be served to an engine in whatever way; `tell` is how pools answer it. */
export function createHandlers(
  options: HandlerOptions,
  tell: (invocation: Invocation) => Promise<void>,
) {
  const { db, objects, vision, tasks, keys, publish } = options;
  const seal = createMessageSeal(keys.purposeKey('engine-messages'));
  const gates = {
    cpu: createGate(options.capacity.cpu),
    inference: createGate(options.capacity.inference),
  };
  const personal = createPersonalBox(keys);
  const deps = {
    db,
    objects,
    vision,
    tasks,
    modelDigests: options.modelDigests,
    resultKey: (tenant: Parameters<Keys['tenantKey']>[0]) => keys.tenantKey(tenant, 'task-results'),
    expected: async (row: Parameters<typeof personal.open>[0]) =>
      (await personal.open(row))?.expected ?? undefined,
  };
  /** The engine tries again; somebody should know why. */
  const report = async <T>(type: FailureType, work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      options.onEvent?.({ type, error });
      throw error;
    }
  };
  const actor = createSessionActor({
    seal,
    apply: (...step) => report('step_failed', applyEvent({ db, publish }, ...step)),
    resume: (...whose) => report('step_failed', resumeSession({ db }, ...whose)),
  });
  const caller = createWebhookCaller({
    seal,
    call: (message) =>
      report(
        'step_failed',
        callWebhook(
          { db, send: options.sendOutgoing, secretOf: (tenant) => nodeSecret(keys, tenant) },
          message,
        ),
      ),
  });
  const housekeeping = createHousekeeping({
    tidyUp: () => report('housekeeping_failed', tidyUp({ db, objects }, new Date())),
    everyMs: housekeepingEveryMs,
  });
  const pool = (name: 'cpu' | 'inference') =>
    createTaskPool({
      pool: name,
      seal,
      gate: gates[name],
      tell,
      run: (message) => report('task_failed', runTask(deps, message)),
    });
  const services: Record<SessionRole, Services> = {
    sessions: [actor, caller, housekeeping],
    cpu: [pool('cpu')],
    inference: [pool('inference')],
  };
  return {
    seal,
    services: options.roles.flatMap((role) => services[role]),
    figures: () => ({ cpu: gates.cpu.figures(), inference: gates.inference.figures() }),
  };
}

async function startEngine({
  engine,
  onEvent,
}: SessionsOptions): Promise<EmbeddedEngine | undefined> {
  if (engine.kind !== 'embedded') return undefined;
  return startEmbeddedEngine({
    dataDir: engine.dataDir,
    onExit: (how) => onEvent?.({ type: 'engine_ended', ...how }),
  });
}

function externalAddress(engine: EngineChoice): EngineAddress {
  if (engine.kind !== 'external') throw new Error('The embedded engine has its own address');
  return { ingress: { url: engine.ingressUrl }, admin: { url: engine.adminUrl } };
}

/**
 * The embedded engine calls back what waits at the port that it knows, so the same one is taken again; if
 * somebody else has it, another is announced.
 */
async function startWorker(
  { engine }: SessionsOptions,
  embedded: EmbeddedEngine | undefined,
  services: Services,
): Promise<Worker> {
  const logger = () => undefined;
  if (engine.kind === 'external') {
    const { workerUrl = '', workerPort, workerProtocol, identityKey } = engine;
    const url = new URL(workerUrl);
    const port = workerPort ?? (Number(url.port) || (url.protocol === 'https:' ? 443 : 80));
    return serveWorker({
      ...{ services, identityKey, host: '0.0.0.0', port, logger },
      ...(workerProtocol && { protocol: workerProtocol }),
    });
  }
  const portFile = join(engine.dataDir, 'engine', 'worker.port');
  const known = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0;
  const serve = (port: number) =>
    serveWorker({
      services,
      identityKey: embedded?.identityKey,
      host: '127.0.0.1',
      port,
      logger,
    });
  const worker = await serve(known).catch(() => serve(0));
  writeFileSync(portFile, String(worker.port), { mode: 0o600 });
  return worker;
}

function announcementOf({ engine, version }: SessionsOptions, { port }: Worker): Announcement {
  if (engine.kind === 'embedded') {
    return { workerUrl: `http://127.0.0.1:${port}`, version, ownsEngine: true };
  }
  const { workerUrl = '', workerProtocol } = engine;
  return {
    ...{ workerUrl, version, ownsEngine: false },
    ...(workerProtocol && { protocol: workerProtocol }),
  };
}
