import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createServer, type ServerParts } from '../../src/app/server.ts';
import { startVision } from '../../src/app/vision.ts';
import { createWebhooks } from '../../src/app/webhooks.ts';
import { AppError } from '../../src/core/errors.ts';
import type { TenantId } from '../../src/core/ids.ts';
import type { Environment, Scope } from '../../src/core/principal.ts';
import type { TaskRunner } from '../../src/core/task.ts';
import { createAuditLog } from '../../src/features/audit/index.ts';
import { resolveModels } from '../../src/features/models/index.ts';
import { createPersonalBox } from '../../src/features/sessions/index.ts';
import {
  allScopes,
  createApiKey,
  createAwsKey,
  createTenant,
  type IssuedAwsKey,
} from '../../src/features/tenants/index.ts';
import { openKeys } from '../../src/platform/keys/keys.ts';
import { openObjectStore } from '../../src/platform/objects/open-object-store.ts';
import { createUploads } from '../../src/platform/objects/uploads.ts';
import { createTestDatabase, type Engine } from './database.ts';

export interface ServiceOptions {
  readonly engine?: Engine;
  /** One vision process with the default pack, or none: then every task is refused. */
  readonly vision?: boolean;
  readonly parts?: Partial<ServerParts>;
}

export type Service = Awaited<ReturnType<typeof startService>>;

/** The API on a real database, real objects and, on request, a real vision process; listening on a free port. */
export async function startService({ engine, vision: wantsVision, parts }: ServiceOptions = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'bonafide-service-'));
  const database = await createTestDatabase(engine);
  const { db } = database;
  const keys = await openKeys({ directory: join(directory, 'keys') });
  const manager = { db, audit: createAuditLog(keys.purposeKey('audit')), actor: 'operator' };
  const models = await resolveModels({ dataDir: directory });
  const vision = wantsVision ? startVision({ processes: 1, models: models.models }) : undefined;
  const log = pino({ level: 'silent' });
  const { audit } = manager;
  const webhooks = createWebhooks({ db, keys, audit, allowPrivate: ['127.0.0.0/8'], log });
  const objects = openObjectStore({ directory: join(directory, 'objects'), keys: keys.subjects });
  const app = createServer({
    log,
    db,
    webhooks,
    box: keys.box,
    objects,
    sessions: {
      personal: createPersonalBox(keys),
      uploads: createUploads(db, objects),
      audit,
      kick: () => undefined,
    },
    vision: vision ?? noVision,
    models,
    keyUsage: { note: () => undefined },
    publicUrl: 'http://localhost:8080',
    version: '0.0.0',
    ready: async () => ({}),
    ...parts,
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  await vision?.ready();

  return {
    app,
    url,
    db,
    keys,
    objects,
    /** Keys and objects lie here. */
    directory,
    databaseUrl: database.url,
    webhooks,
    newTenant: async (name: string) => (await createTenant(manager, name)).id,
    async newApiKey(
      tenant: TenantId,
      scopes: readonly Scope[] = allScopes,
      environment: Environment = 'live',
    ): Promise<string> {
      return (await createApiKey(manager, tenant, { environment, name: 'test', scopes })).apiKey;
    },
    newAwsKey: (tenant: TenantId, scopes: readonly Scope[] = ['faces']): Promise<IssuedAwsKey> =>
      createAwsKey(manager, keys.box, tenant, { environment: 'live', name: 'test', scopes }),
    async close() {
      await app.close();
      await vision?.close();
      await database.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const noVision: TaskRunner = {
  run: () => Promise.reject(new AppError('vision_unavailable')),
};
