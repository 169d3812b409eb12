import type { FastifyBaseLogger } from 'fastify';
import type { InstalledModel } from '../core/model.ts';
import type { ObjectStore } from '../core/objects.ts';
import type { TaskRunner } from '../core/task.ts';
import type { FaceModels } from '../features/faces/index.ts';
import {
  type ApplyDeps,
  createPersonalBox,
  documentTasks,
  faceTasks,
} from '../features/sessions/index.ts';
import { createUploads } from '../platform/objects/uploads.ts';
import type { AddressPolicy } from '../platform/outgoing/address-policy.ts';
import { createOutgoing } from '../platform/outgoing/send-outgoing.ts';
import type { Config } from './config.ts';
import type { Store } from './open-store.ts';
import {
  type EngineChoice,
  type SessionRole,
  type SessionsService,
  startSessions,
} from './sessions.ts';

export interface OpenSessionsOptions {
  readonly store: Store;
  readonly objects: ObjectStore;
  readonly vision: TaskRunner;
  readonly models: FaceModels & { readonly models: readonly InstalledModel[] };
  readonly publish: ApplyDeps['publish'];
  /** What webhook nodes of workflows may reach. */
  readonly policy: AddressPolicy;
  readonly version: string;
  readonly log: FastifyBaseLogger;
  readonly roles?: readonly SessionRole[];
}

/** Starts the engine's side and answers what the API's routes need of it. */
export async function openSessions(
  config: Pick<Config, 'dataDir' | 'engine' | 'vision'>,
  { store, objects, vision, models, publish, policy, version, log, roles }: OpenSessionsOptions,
) {
  const { db, keys, audit } = store;
  const { processes } = config.vision;
  const service: SessionsService = await startSessions({
    db,
    keys,
    objects,
    vision,
    publish,
    sendOutgoing: (request, timeoutMs) => createOutgoing({ policy, timeoutMs })(request),
    version,
    tasks: [...faceTasks(models), ...documentTasks],
    modelDigests: (wanted) =>
      models.models.filter(({ role }) => wanted.includes(role)).map(({ model }) => model.sha256),
    roles: roles ?? ['sessions', 'cpu', 'inference'],
    capacity: { cpu: Math.max(2, processes), inference: processes },
    engine: chooseEngine(config),
    onEvent: (event) => log.warn({ ...event }, 'engine'),
  });
  return {
    service,
    routes: {
      personal: createPersonalBox(keys),
      uploads: createUploads(db, objects),
      audit,
      kick: () => service.kick(),
    },
  };
}

function chooseEngine({ dataDir, engine }: Pick<Config, 'dataDir' | 'engine'>): EngineChoice {
  const { ingressUrl, adminUrl, workerUrl } = engine;
  return ingressUrl && adminUrl && workerUrl
    ? { kind: 'external', ingressUrl, adminUrl, workerUrl }
    : { kind: 'embedded', dataDir };
}
