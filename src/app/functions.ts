import '../core/polyfill.ts';
import { createEndpointHandler as createFetchHandler } from '@restatedev/restate-sdk/fetch';
import { createEndpointHandler as createLambdaHandler } from '@restatedev/restate-sdk/lambda';
import { createEngineClient, type EngineClient } from '../platform/engine/engine-client.ts';
import { createLogger } from '../platform/telemetry/logger.ts';
import { createMetrics } from '../platform/telemetry/metrics.ts';
import { type Config, ConfigError, loadConfig } from './config.ts';
import { openObjects, openParts, type Undo, unwind } from './open-parts.ts';
import { handlerParts } from './open-sessions.ts';
import { createHandlers } from './sessions.ts';
import { createWebhooks } from './webhooks.ts';

/** The pools as functions: `fetch` for runtimes that speak Request and Response, `lambda` for AWS. */
export interface Functions {
  fetch(request: Request): Promise<Response>;
  lambda(event: unknown, context: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * Opens the pools `cpu` and `inference` without a server: whoever hosts the function calls. The engine is told
 * where they are by the operator (docs/operations.md), because only the host knows their address.
 * @throws AppError or ConfigError as `bonafide serve`
 */
export async function openFunctions(config: Config): Promise<Functions> {
  const undo: Undo = [];
  const engine = connectEngine(config);
  undo.push(async () => engine.close());
  try {
    const log = createLogger({ level: config.log.level });
    const { store, vision, pack } = await openParts(config, true, {
      metrics: createMetrics(),
      ...{ log, undo },
    });
    const { db, keys, audit } = store;
    const { allowPrivate } = config.webhooks;
    const { publish, policy } = createWebhooks({ db, keys, audit, allowPrivate, log });
    const { services } = createHandlers(
      handlerParts(config, {
        ...{ store, vision, publish, policy },
        objects: openObjects(config, keys),
        models: pack,
        roles: ['cpu', 'inference'],
      }),
      (invocation) => engine.send(invocation),
    );
    const { identityKey } = config.engine;
    const endpoint = {
      services,
      logger: () => undefined,
      ...(identityKey && { identityKeys: [identityKey] }),
    };
    await vision.ready();
    return {
      fetch: createFetchHandler(endpoint),
      lambda: createLambdaHandler(endpoint),
      close: () => unwind(undo),
    };
  } catch (error) {
    await unwind(undo);
    throw error;
  }
}

function connectEngine({ engine: { ingressUrl, adminUrl } }: Config): EngineClient {
  if (!ingressUrl || !adminUrl) {
    throw new ConfigError(
      'RESTATE_INGRESS_URL, RESTATE_ADMIN_URL: functions send their results there',
    );
  }
  return createEngineClient({ ingress: { url: ingressUrl }, admin: { url: adminUrl } });
}

let opened: Promise<Functions> | undefined;

/** Opened by the first call and kept while the host keeps the process; a failed opening is tried again. */
function functions(): Promise<Functions> {
  opened ??= openFunctions(loadConfig(process.env));
  opened.catch(() => {
    opened = undefined;
  });
  return opened;
}

/** `export { fetch }` is what hosts of fetch handlers look for. */
export async function fetch(request: Request): Promise<Response> {
  return (await functions()).fetch(request);
}

/** Entry of `deploy/Dockerfile.lambda`. */
export async function handler(event: unknown, context: unknown): Promise<unknown> {
  return (await functions()).lambda(event, context);
}
