import { pino } from 'pino';
import type { JsonObject } from '../http/openapi.ts';
import { openApiOf } from '../http/system.routes.ts';
import { apiInfo, createServer, type ServerParts } from './server.ts';

/** The OpenAPI document without a running platform: routes are registered, none is ever called. */
export async function renderOpenApiDocument(version: string): Promise<JsonObject> {
  const unused = {} as Omit<ServerParts, 'log' | 'publicUrl' | 'version' | 'ready'>;
  const app = createServer({
    ...unused,
    log: pino({ level: 'silent' }),
    publicUrl: '',
    version,
    ready: async () => ({}),
  });
  await app.ready();
  const document = openApiOf(app, apiInfo(version));
  await app.close();
  return document;
}
