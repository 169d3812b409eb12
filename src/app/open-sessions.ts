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
  livenessTasks,
  proofTasks,
} from '../features/sessions/index.ts';
import { createUploads } from '../platform/objects/uploads.ts';
import type { AddressPolicy } from '../platform/outgoing/address-policy.ts';
import { createOutgoing } from '../platform/outgoing/send-outgoing.ts';
import type { Config } from './config.ts';
import type { Store } from './open-store.ts';
import {
  type EngineChoice,
  type HandlerOptions,
  type SessionRole,
  type SessionsService,
  startSessions,
} from './sessions.ts';

export interface HandlerPartsOptions {
  readonly store: Store;
  readonly objects: ObjectStore;
  readonly vision: TaskRunner;
  readonly models: FaceModels & { readonly models: readonly InstalledModel[] };
  readonly publish: ApplyDeps['publish'];
  /** What webhook nodes of workflows may reach. */
  readonly policy: AddressPolicy;
  readonly roles: readonly SessionRole[];
}

/** What handlers work with, on a server and in a function. */
export function handlerParts(
  { vision: { processes } }: Pick<Config, 'vision'>,
  { store, objects, vision, models, publish, policy, roles }: HandlerPartsOptions,
): HandlerOptions {
  const { db, keys } = store;
  return {
    db,
    keys,
    objects,
    vision,
    publish,
    sendOutgoing: (request, timeoutMs) => createOutgoing({ policy, timeoutMs })(request),
    tasks: [...faceTasks(models), ...livenessTasks, ...documentTasks, ...proofTasks],
    modelDigests: (wanted) =>
      models.models.filter(({ role }) => wanted.includes(role)).map(({ model }) => model.sha256),
    roles,
    capacity: { cpu: Math.max(2, processes), inference: processes },
  };
}

export interface OpenSessionsOptions extends HandlerPartsOptions {
  readonly feeds: boolean;
  readonly version: string;
  readonly log: FastifyBaseLogger;
}

/** Starts the engine's side and answers what the API's routes need of it. */
export async function openSessions(
  config: Pick<Config, 'dataDir' | 'engine' | 'vision'>,
  options: OpenSessionsOptions,
) {
  const { store, objects, feeds, version, log } = options;
  const { db, keys, audit } = store;
  const service: SessionsService = await startSessions({
    ...handlerParts(config, options),
    feeds,
    version,
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

/** An own cluster where one is configured; whether everything for it is there, the roles have checked. */
function chooseEngine({ dataDir, engine }: Pick<Config, 'dataDir' | 'engine'>): EngineChoice {
  const { ingressUrl, adminUrl, ...rest } = engine;
  return ingressUrl && adminUrl
    ? { kind: 'external', ingressUrl, adminUrl, ...rest }
    : { kind: 'embedded', dataDir };
}
