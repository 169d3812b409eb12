import { z } from 'zod';
import { isId } from '../../core/ids.ts';
import type { Principal } from '../../core/principal.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from '../../http/pagination.ts';
import type { App } from '../../http/server.ts';
import { addDeliveryRoutes } from './delivery.routes.ts';
import {
  type Caller,
  changeWebhook,
  createWebhook,
  findWebhook,
  listWebhooks,
  removeWebhook,
  rotateSecret,
  type WebhookStores,
} from './manage-webhooks.usecase.ts';
import { WebhookFilters, type WebhookId, WebhookSettings } from './webhook.ts';
import { toWebhookJson, WebhookJson, WebhookWithSecretJson } from './webhook-json.ts';

export interface WebhookRoutesOptions extends WebhookStores {
  /** Something waits to be sent: look at once. */
  wake(): void;
}

const tags = ['Webhooks'];
const Params = z.object({ id: z.string().describe('`whk_…`') });
const hourMs = 3_600_000;

/** `/v1/webhooks`: endpoints of the key's environment. */
export function addWebhookRoutes(app: App, options: WebhookRoutesOptions): void {
  addEndpointRoutes(app, options);
  addChangeRoutes(app, options);
  addSecretRoute(app, options);
  addDeliveryRoutes(app, options);
}

function addEndpointRoutes(app: App, stores: WebhookRoutesOptions): void {
  const config = { access: 'webhooks' } as const;
  app.post(
    '/v1/webhooks',
    {
      config: { ...config, idempotent: true },
      schema: {
        operationId: 'createWebhook',
        summary: 'Add an endpoint',
        description:
          'Messages follow Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`. docs/webhooks.md shows a receiver.',
        ...{ tags, body: WebhookSettings, response: { 201: WebhookWithSecretJson } },
      },
    },
    async (request, reply) => {
      const { principal, body } = request;
      const id = request.newId('webhook');
      const { webhook, secret } = await createWebhook(stores, callerOf(principal), body, id);
      reply.code(201).header('location', `/v1/webhooks/${id}`);
      return { ...toWebhookJson(webhook), secret };
    },
  );

  app.get(
    '/v1/webhooks',
    {
      config,
      schema: {
        ...{ operationId: 'listWebhooks', summary: 'List the endpoints', tags },
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(WebhookJson) },
      },
    },
    async ({ principal, query }) => {
      const page = { after: decodeCursor(query.cursor, isWebhookId), limit: query.limit + 1 };
      const rows = await listWebhooks(stores, principal, page);
      return toPage(rows, query.limit, ({ id }) => id, toWebhookJson);
    },
  );

  app.get(
    '/v1/webhooks/:id',
    {
      config,
      schema: {
        ...{ operationId: 'getWebhook', summary: 'Read an endpoint', tags, params: Params },
        response: { 200: WebhookJson },
      },
    },
    async ({ principal, params }) => toWebhookJson(await findWebhook(stores, principal, params.id)),
  );
}

function addChangeRoutes(app: App, stores: WebhookRoutesOptions): void {
  const config = { access: 'webhooks' } as const;
  app.patch(
    '/v1/webhooks/:id',
    {
      config,
      schema: {
        ...{ operationId: 'changeWebhook', summary: 'Change an endpoint', tags, params: Params },
        description:
          'What is not given stays. While `enabled` is false nothing is recorded or sent.',
        body: z.strictObject({
          url: WebhookSettings.shape.url.optional(),
          events: WebhookFilters.optional(),
          description: z.string().max(200).optional(),
          enabled: z.boolean().optional(),
        }),
        response: { 200: WebhookJson },
      },
    },
    async ({ principal, params, body }) => {
      const webhook = await changeWebhook(stores, callerOf(principal), params.id, body);
      stores.wake();
      return toWebhookJson(webhook);
    },
  );

  app.delete(
    '/v1/webhooks/:id',
    {
      config,
      schema: {
        ...{ operationId: 'deleteWebhook', summary: 'Delete an endpoint', tags, params: Params },
        description: 'With its deliveries, those that still wait included.',
        response: { 204: z.void() },
      },
    },
    async ({ principal, params }, reply) => {
      await removeWebhook(stores, callerOf(principal), params.id);
      return reply.code(204).send();
    },
  );
}

function addSecretRoute(app: App, stores: WebhookRoutesOptions): void {
  app.post(
    '/v1/webhooks/:id/secret',
    {
      config: { access: 'webhooks', idempotent: true },
      schema: {
        ...{ operationId: 'rotateWebhookSecret', summary: 'Make a new signing secret', tags },
        description: 'Until the overlap is over, messages carry a signature of either secret.',
        params: Params,
        body: z.strictObject({
          overlap_hours: z
            .number()
            .min(0)
            .max(720)
            .default(24)
            .describe('0 ends the old one at once.'),
        }),
        response: { 200: WebhookWithSecretJson },
      },
    },
    async ({ principal, params, body }) => {
      const overlapMs = body.overlap_hours * hourMs;
      const caller = callerOf(principal);
      const { webhook, secret } = await rotateSecret(stores, caller, params.id, { overlapMs });
      return { ...toWebhookJson(webhook), secret };
    },
  );
}

function callerOf({ tenant, environment, keyId }: Principal): Caller {
  return { tenant, environment, actor: keyId };
}

function isWebhookId(key: string): key is WebhookId {
  return isId('webhook', key);
}
