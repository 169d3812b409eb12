import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type { ObjectStore } from '../core/objects.ts';
import {
  deleteExpiredIdempotencyKeys,
  endIdempotencyLeases,
} from '../features/idempotency/index.ts';
import { resolveModels } from '../features/models/index.ts';
import { bootstrap, createKeyUsage } from '../features/tenants/index.ts';
import type { TlsFiles } from '../http/listener.ts';
import type { Keys } from '../platform/keys/keys.ts';
import { openObjectStore } from '../platform/objects/open-object-store.ts';
import { createMetrics, type Metrics, serveMetrics } from '../platform/telemetry/metrics.ts';
import { startTracing } from '../platform/telemetry/tracing.ts';
import { type Config, ConfigError } from './config.ts';
import { credentialsFile, updateCredentials, writeCredentials } from './credentials.ts';
import { lockDataDir } from './data-dir.ts';
import { startObjectUpkeep } from './object-upkeep.ts';
import { openSessions } from './open-sessions.ts';
import { openStore } from './open-store.ts';
import { checkPort, toPortError } from './ports.ts';
import { askAll, checkDatabase, checkDisk, checkVision, countReady } from './readiness.ts';
import { createServer } from './server.ts';
import { startVision, type Vision } from './vision.ts';
import { createWebhooks } from './webhooks.ts';

export interface Platform {
  /** Where it is reached from this machine. */
  readonly url: string;
  readonly metricsUrl: string;
  readonly credentialsFile: string;
  /** True when this start made the first tenant. */
  readonly isFirstStart: boolean;
  /** Rejects when the platform cannot go on (its data directory was taken away). */
  readonly lost: Promise<never>;
  /** Finishes what was accepted, then stops every part. */
  close(): Promise<void>;
}

export interface StartOptions {
  readonly log: FastifyBaseLogger;
  readonly version: string;
}

/** What to undo, in reverse order, on close and when a later step fails. */
type Undo = (() => Promise<void> | void)[];

/**
 * The whole platform on one machine: database, vision processes, objects, API and metrics.
 * @throws AppError or ConfigError with one message that says what is wrong; nothing is left running then
 */
export async function startPlatform(config: Config, options: StartOptions): Promise<Platform> {
  const undo: Undo = [];
  try {
    return await start(config, options, undo);
  } catch (error) {
    await unwind(undo);
    throw error;
  }
}

async function start(config: Config, options: StartOptions, undo: Undo): Promise<Platform> {
  const { log } = options;
  const { dataDir } = config;
  await checkPort(config.http.port, config.http.host);
  await checkPort(config.metrics.port, '127.0.0.1');
  const tls = readTls(config);
  const { lock, lost } = await holdDataDir(dataDir);
  undo.push(() => lock.release());
  const tracing = await startTracing(config.telemetry.otlpEndpoint);
  undo.push(() => tracing.close());

  const metrics = createMetrics();
  const { store, vision, pack } = await openParts(config, metrics, log, undo);
  const { db, keys } = store;
  if (store.embedded) await endIdempotencyLeases(db);
  const keyUsage = createKeyUsage(db);
  undo.push(() => keyUsage.close());
  undo.push(repeat(3_600_000, () => deleteExpiredIdempotencyKeys(db)));

  const objects = openObjects(config, keys);
  const work = { store, objects, vision, models: pack, version: options.version, log };
  const { webhooks, sessions } = await startWork(config, work, undo);

  const app = createServer({
    log,
    db,
    box: keys.box,
    objects,
    vision,
    models: pack,
    keyUsage,
    sessions: sessions.routes,
    webhooks,
    publicUrl: config.http.publicUrl,
    version: options.version,
    ...(tls && { tls }),
    trustProxy: config.http.trustProxy,
    onAnswered: ({ operation, status, durationMs }) =>
      metrics.observeRequest(operation, status, durationMs / 1000),
    ready: () =>
      askAll({
        database: checkDatabase(db),
        vision: checkVision(vision),
        disk: checkDisk(dataDir),
        engine: async () => ({ ready: await sessions.service.isReady() }),
      }),
  });
  undo.push(() => app.close());
  await vision.ready();
  await app.listen({ port: config.http.port, host: config.http.host }).catch(toPortError);
  const metricsServer = await serveMetrics(metrics, config.metrics.port).catch(toPortError);
  undo.push(() => closeServer(metricsServer));

  const url = localUrl(config, portOf(app.server));
  const first = await bootstrap(store, keys.box, (made) => writeCredentials(dataDir, made, url));
  if (!first) await updateCredentials(dataDir, url);
  return {
    url,
    metricsUrl: `http://127.0.0.1:${portOf(metricsServer)}/metrics`,
    credentialsFile: credentialsFile(dataDir),
    isFirstStart: first !== undefined,
    lost,
    close: () => unwind(undo),
  };
}

/** What goes on without callers: sessions on the engine, webhooks on their way out. */
async function startWork(
  config: Config,
  parts: Omit<Parameters<typeof openSessions>[1], 'publish' | 'policy'>,
  undo: Undo,
) {
  const { store, log } = parts;
  const { db, keys, audit } = store;
  const { allowPrivate } = config.webhooks;
  const webhooks = createWebhooks({ db, keys, audit, allowPrivate, log });
  const delivery = webhooks.deliver();
  undo.push(() => delivery.close());
  const sessions = await openSessions(config, { ...parts, ...webhooks });
  undo.push(() => sessions.service.close());
  const { uploads } = sessions.routes;
  const upkeep = startObjectUpkeep({ db, objects: parts.objects, uploads, log });
  undo.push(() => upkeep.close());
  return { webhooks, sessions };
}

/** Database and vision processes start side by side: each takes seconds. */
async function openParts(config: Config, metrics: Metrics, log: FastifyBaseLogger, undo: Undo) {
  const store = openStore(config, (how) => {
    metrics.countRestart('database');
    log.warn(how, 'database process ended; starting another');
  });
  const opening = openVision(config, log);
  void store.then(({ close }) => undo.push(close)).catch(() => undefined);
  void opening.then(({ vision }) => undo.push(() => vision.close())).catch(() => undefined);
  // Both first, so that a failure of one finds the other among what is to be undone.
  await Promise.allSettled([store, opening]);
  const { vision, pack } = await opening;
  metrics.watchVision(() => {
    const { processes, queued, restarts } = vision.figures();
    return { processes: processes.length, ready: countReady(vision), queued, restarts };
  });
  return { store: await store, vision, pack };
}

async function openVision(config: Config, log: FastifyBaseLogger) {
  const pack = await resolveModels({ dataDir: config.dataDir });
  const vision: Vision = startVision({
    processes: config.vision.processes,
    models: pack.models,
    onEvent: (event) => log[event.type === 'ready' ? 'info' : 'warn'](event, 'vision process'),
  });
  return { vision, pack };
}

function openObjects({ dataDir, objects }: Config, { subjects }: Keys): ObjectStore {
  const { url, accessKeyId, secretAccessKey } = objects;
  return openObjectStore({
    directory: join(dataDir, 'objects'),
    keys: subjects,
    ...(url && { url }),
    ...(accessKeyId && secretAccessKey && { credentials: { accessKeyId, secretAccessKey } }),
  });
}

async function holdDataDir(dataDir: string) {
  let onLost: (error: unknown) => void = () => undefined;
  const lost = new Promise<never>((_resolve, reject) => {
    onLost = reject;
  });
  lost.catch(() => undefined);
  return { lock: await lockDataDir(dataDir, onLost), lost };
}

async function unwind(undo: Undo): Promise<void> {
  for (let step = undo.pop(); step; step = undo.pop()) await step();
}

function repeat(intervalMs: number, work: () => Promise<unknown>): () => void {
  const timer = setInterval(() => void work().catch(() => undefined), intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

function readTls({ http: { tls } }: Config): TlsFiles | undefined {
  if (!tls) return undefined;
  const read = (name: string, path: string) => {
    try {
      return readFileSync(path);
    } catch (error) {
      throw new ConfigError(`${name}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
  };
  return { cert: read('TLS_CERT', tls.cert), key: read('TLS_KEY', tls.key) };
}

function localUrl({ http: { host, tls } }: Config, port: number): string {
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const name = reached.includes(':') ? `[${reached}]` : reached;
  return `${tls ? 'https' : 'http'}://${name}:${port}`;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
