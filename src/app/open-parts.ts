import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { AppError } from '../core/errors.ts';
import type { ObjectStore } from '../core/objects.ts';
import { type ModelPack, resolveModels } from '../features/models/index.ts';
import type { TlsFiles } from '../http/listener.ts';
import type { Keys } from '../platform/keys/keys.ts';
import { openObjectStore } from '../platform/objects/open-object-store.ts';
import type { Metrics } from '../platform/telemetry/metrics.ts';
import { type Config, ConfigError } from './config.ts';
import { lockDataDir } from './data-dir.ts';
import { openStore, type Store } from './open-store.ts';
import { countReady } from './readiness.ts';
import { startVision, type Vision } from './vision.ts';

/** What to undo, in reverse order, on close and when a later step fails. */
export type Undo = (() => Promise<void> | void)[];

export async function unwind(undo: Undo): Promise<void> {
  for (let step = undo.pop(); step; step = undo.pop()) await step();
}

export interface Parts {
  readonly store: Store;
  readonly vision: Vision;
  readonly pack: ModelPack;
}

/** Database and vision processes start side by side: each takes seconds. */
export async function openParts(
  config: Config,
  wantsVision: boolean,
  { metrics, log, undo }: { metrics: Metrics; log: FastifyBaseLogger; undo: Undo },
): Promise<Parts> {
  const store = openStore(config, (how) => {
    metrics.countRestart('database');
    log.warn(how, 'database process ended; starting another');
  });
  const opening = openVision(config, wantsVision, log);
  void store.then(({ close }) => undo.push(close)).catch(() => undefined);
  void opening.then(({ vision }) => undo.push(() => vision.close())).catch(() => undefined);
  // Both first, so that a failure of one finds the other among what is to be undone.
  await Promise.allSettled([store, opening]);
  const { vision, pack } = await opening;
  if (wantsVision) {
    metrics.watchVision(() => {
      const { processes, queued, restarts } = vision.figures();
      return { processes: processes.length, ready: countReady(vision), queued, restarts };
    });
  }
  return { store: await store, vision, pack };
}

async function openVision(config: Config, wantsVision: boolean, log: FastifyBaseLogger) {
  const pack = await resolveModels({ dataDir: config.dataDir });
  if (!wantsVision) return { vision: noVision, pack };
  const vision = startVision({
    processes: config.vision.processes,
    gpu: config.vision.gpu,
    models: pack.models,
    onEvent: (event) => log[event.type === 'ready' ? 'info' : 'warn'](event, 'vision process'),
  });
  return { vision, pack };
}

/** For roles that look at no picture. */
const noVision: Vision = {
  run: () => Promise.reject(new AppError('vision_unavailable')),
  ready: async () => undefined,
  figures: () => ({
    ...{ processes: [], queued: 0, queueLimit: 0, refused: 0, restarts: 0 },
    ...{ jobs: {}, spans: {} },
  }),
  close: async () => undefined,
};

export function openObjects({ dataDir, objects }: Config, { subjects }: Keys): ObjectStore {
  const { url, accessKeyId, secretAccessKey } = objects;
  return openObjectStore({
    directory: join(dataDir, 'objects'),
    keys: subjects,
    ...(url && { url }),
    ...(accessKeyId && secretAccessKey && { credentials: { accessKeyId, secretAccessKey } }),
  });
}

/** `lost` rejects when the directory was taken away. */
export async function holdDataDir(dataDir: string) {
  let onLost: (error: unknown) => void = () => undefined;
  const lost = new Promise<never>((_resolve, reject) => {
    onLost = reject;
  });
  lost.catch(() => undefined);
  return { lock: await lockDataDir(dataDir, onLost), lost };
}

export function readTls({ http: { tls } }: Config): TlsFiles | undefined {
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
