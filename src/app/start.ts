import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import type { ObjectStore } from '../core/objects.ts';
import {
  deleteExpiredIdempotencyKeys,
  endIdempotencyLeases,
} from '../features/idempotency/index.ts';
import { bootstrap, createKeyUsage } from '../features/tenants/index.ts';
import type { TlsFiles } from '../http/listener.ts';
import { createMetrics, type Metrics, serveMetrics } from '../platform/telemetry/metrics.ts';
import { startTracing } from '../platform/telemetry/tracing.ts';
import type { Config } from './config.ts';
import { credentialsFile, updateCredentials, writeCredentials } from './credentials.ts';
import { startObjectUpkeep } from './object-upkeep.ts';
import {
  holdDataDir,
  openObjects,
  openParts,
  type Parts,
  readTls,
  type Undo,
  unwind,
} from './open-parts.ts';
import { openSessions } from './open-sessions.ts';
import { checkPort, toPortError } from './ports.ts';
import { askAll, type Check, checkDatabase, checkDisk, checkVision } from './readiness.ts';
import { allRoles, engineRoles, hasAny, type Role, requireShared, visionRoles } from './roles.ts';
import { createServer } from './server.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

export interface Platform {
  /** Where the API is reached from this machine; absent without the role. */
  readonly url?: string;
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
  /** One copy among others, against what they share. Without it: everything, alone on its data directory. */
  readonly roles?: readonly Role[];
}

/**
 * The platform, or the part of it that these roles are; `start` is all of them on one machine, embedded what is
 * not configured.
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
  const { log, roles = allRoles } = options;
  const { http, metrics: operator, dataDir } = config;
  // A copy among others, or one platform that has its data directory for itself.
  if (options.roles || config.engine.ingressUrl) requireShared(config, roles);
  const isApi = roles.includes('api');
  const tls = isApi ? readTls(config) : undefined;
  if (isApi) await checkPort(http.port, http.host);
  await checkPort(operator.port, operator.host);
  const { lost } = options.roles ? neverLost : await holdAlone(dataDir, undo);
  const tracing = await startTracing(config.telemetry.otlpEndpoint);
  undo.push(() => tracing.close());

  const metrics = createMetrics();
  const parts = await openParts(config, hasAny(roles, visionRoles), { metrics, log, undo });
  const work = await startWork(config, { ...options, ...parts, roles }, undo);
  if (work.sessions) metrics.watchPools(() => poolFigures(work.sessions, roles));
  const checks = readinessChecks(config, roles, parts, work);
  const ready = () => askAll(checks);
  await parts.vision.ready();
  const api = isApi
    ? await startApi(config, { ...options, ...parts, ...work, tls, metrics, ready }, undo)
    : undefined;
  const { host, port } = operator;
  const metricsServer = await serveMetrics(metrics, { host, port, ready }).catch(toPortError);
  undo.push(() => closeServer(metricsServer));
  return {
    ...(api && { url: api.url }),
    metricsUrl: `${httpUrl(host, portOf(metricsServer))}/metrics`,
    credentialsFile: credentialsFile(dataDir),
    isFirstStart: api?.isFirstStart ?? false,
    lost,
    close: () => unwind(undo),
  };
}

const neverLost = { lost: new Promise<never>(() => undefined) };

async function holdAlone(dataDir: string, undo: Undo) {
  const { lock, lost } = await holdDataDir(dataDir);
  undo.push(() => lock.release());
  return { lost };
}

interface Work {
  readonly webhooks: Webhooks;
  readonly objects: ObjectStore;
  /** Absent where neither events arise nor handlers are. */
  readonly sessions: Awaited<ReturnType<typeof openSessions>> | undefined;
}
type WorkParts = Parts & StartOptions & { readonly roles: readonly Role[] };

/** What goes on without callers: sessions on the engine, webhooks on their way out, what is due regularly. */
async function startWork(config: Config, parts: WorkParts, undo: Undo): Promise<Work> {
  const { store, vision, pack, version, log, roles } = parts;
  const { db, keys, audit } = store;
  const { allowPrivate } = config.webhooks;
  const webhooks = createWebhooks({ db, keys, audit, allowPrivate, log });
  if (roles.includes('delivery')) {
    const delivery = webhooks.deliver();
    undo.push(() => delivery.close());
  }
  const objects = openObjects(config, keys);
  const isActors = roles.includes('sessions');
  const feeds = isActors || roles.includes('api');
  const served = engineRoles.filter((role) => roles.includes(role));
  if (!feeds && served.length === 0) return { webhooks, objects, sessions: undefined };
  const sessions = await openSessions(config, {
    ...{ store, objects, vision, models: pack, version, log, feeds, roles: served },
    publish: webhooks.publish,
    policy: webhooks.policy,
  });
  undo.push(() => sessions.service.close());
  if (isActors) {
    if (store.embedded) await endIdempotencyLeases(db);
    undo.push(repeat(3_600_000, () => deleteExpiredIdempotencyKeys(db)));
    const upkeep = startObjectUpkeep({ db, objects, uploads: sessions.routes.uploads, log });
    undo.push(() => upkeep.close());
  }
  return { webhooks, objects, sessions };
}

interface ApiParts extends Parts, Work, StartOptions {
  readonly tls: TlsFiles | undefined;
  readonly metrics: Metrics;
  ready(): ReturnType<typeof askAll>;
}

async function startApi(config: Config, parts: ApiParts, undo: Undo) {
  const { store, vision, pack, objects, webhooks, sessions, metrics, ready, tls } = parts;
  const { db, keys } = store;
  if (!sessions) throw new Error('The API hands events to the engine');
  const keyUsage = createKeyUsage(db);
  undo.push(() => keyUsage.close());
  const app = createServer({
    ...{ log: parts.log, db, objects, vision, models: pack, keyUsage, webhooks, ready },
    box: keys.box,
    sessions: sessions.routes,
    publicUrl: config.http.publicUrl,
    version: parts.version,
    ...(tls && { tls }),
    trustProxy: config.http.trustProxy,
    onAnswered: ({ operation, status, durationMs }) =>
      metrics.observeRequest(operation, status, durationMs / 1000),
  });
  undo.push(() => app.close());
  await app.listen({ port: config.http.port, host: config.http.host }).catch(toPortError);
  const url = localUrl(config, portOf(app.server));
  const { dataDir } = config;
  const first = await bootstrap(store, keys.box, (made) => writeCredentials(dataDir, made, url));
  if (!first) await updateCredentials(dataDir, url);
  return { url, isFirstStart: first !== undefined };
}

function readinessChecks(
  { dataDir }: Config,
  roles: readonly Role[],
  { store, vision }: Parts,
  { sessions }: Work,
): Record<string, Check> {
  return {
    database: checkDatabase(store.db),
    disk: checkDisk(dataDir),
    ...(hasAny(roles, visionRoles) && { vision: checkVision(vision) }),
    ...(sessions && { engine: async () => ({ ready: await sessions.service.isReady() }) }),
  };
}

/** Only of pools that this copy serves: a zero of another would count as idle. */
function poolFigures(sessions: Work['sessions'], roles: readonly Role[]) {
  const figures = Object.entries(sessions?.service.figures() ?? {});
  return Object.fromEntries(figures.filter(([pool]) => roles.some((role) => role === pool)));
}

function repeat(intervalMs: number, work: () => Promise<unknown>): () => void {
  const timer = setInterval(() => void work().catch(() => undefined), intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

function localUrl({ http: { host, tls } }: Config, port: number): string {
  return httpUrl(host, port, tls ? 'https' : 'http');
}

function httpUrl(host: string, port: number, scheme = 'http'): string {
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const name = reached.includes(':') ? `[${reached}]` : reached;
  return `${scheme}://${name}:${port}`;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
