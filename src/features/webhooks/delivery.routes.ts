import { z } from 'zod';
import type { SecretBox } from '../../core/secret-box.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from '../../http/pagination.ts';
import type { App } from '../../http/server.ts';
import type { Db } from '../../platform/db/schema.ts';
import {
  findDelivery,
  listDeliveries,
  replayDead,
  replayDelivery,
  sendTestEvent,
} from './deliveries.usecase.ts';
import { deliveryStates } from './webhook.ts';
import {
  DeliveryJson,
  DeliveryWithLogJson,
  toDeliveryJson,
  toDeliveryWithLogJson,
} from './webhook-json.ts';

export interface DeliveryRoutesOptions {
  readonly db: Db;
  readonly box: SecretBox;
  /** Something waits to be sent: look at once. */
  wake(): void;
}

const tags = ['Webhooks'];
const Params = z.object({ id: z.string().describe('`whk_…`') });
const DeliveryParams = Params.extend({ delivery: z.string().describe('`dlv_…`') });

/** What became of the events of an endpoint, and sending them once more. */
export function addDeliveryRoutes(app: App, stores: DeliveryRoutesOptions): void {
  const config = { access: 'webhooks' } as const;
  app.get(
    '/v1/webhooks/:id/deliveries',
    {
      config,
      schema: {
        ...{ operationId: 'listWebhookDeliveries', summary: 'List the deliveries', tags },
        description: 'Newest first. Kept for thirty days.',
        params: Params,
        querystring: z.strictObject({ ...pageQuery, state: z.enum(deliveryStates).optional() }),
        response: { 200: pageOf(DeliveryJson) },
      },
    },
    async ({ principal, params, query }) => {
      const { state, limit } = query;
      const filter = { state, before: readCursor(query.cursor), limit: limit + 1 };
      const rows = await listDeliveries(stores, principal, params.id, filter);
      return toPage(rows, limit, ({ number }) => String(number), toDeliveryJson);
    },
  );

  app.get(
    '/v1/webhooks/:id/deliveries/:delivery',
    {
      config,
      schema: {
        ...{ operationId: 'getWebhookDelivery', summary: 'Read a delivery with its log', tags },
        params: DeliveryParams,
        response: { 200: DeliveryWithLogJson },
      },
    },
    async ({ principal, params }) => {
      const found = await findDelivery(stores, principal, params.id, params.delivery);
      return toDeliveryWithLogJson(found.delivery, found.attempts);
    },
  );
  addSendingRoutes(app, stores);
}

function addSendingRoutes(app: App, stores: DeliveryRoutesOptions): void {
  const config = { access: 'webhooks', idempotent: true } as const;
  app.post(
    '/v1/webhooks/:id/test',
    {
      config,
      schema: {
        ...{ operationId: 'testWebhook', summary: 'Send a test event', tags, params: Params },
        description: 'Type `webhook.test`, whatever the endpoint subscribed to.',
        response: { 202: DeliveryJson },
      },
    },
    async ({ principal, params }, reply) => {
      const delivery = await sendTestEvent(stores, principal, params.id);
      stores.wake();
      return reply.code(202).send(toDeliveryJson(delivery));
    },
  );

  app.post(
    '/v1/webhooks/:id/deliveries/:delivery/replay',
    {
      config,
      schema: {
        ...{ operationId: 'replayWebhookDelivery', summary: 'Send an event once more', tags },
        description: 'As a delivery of its own, with the same event id.',
        params: DeliveryParams,
        response: { 202: DeliveryJson },
      },
    },
    async ({ principal, params }, reply) => {
      const delivery = await replayDelivery(stores, principal, params.id, params.delivery);
      stores.wake();
      return reply.code(202).send(toDeliveryJson(delivery));
    },
  );

  app.post(
    '/v1/webhooks/:id/replay',
    {
      config,
      schema: {
        ...{
          operationId: 'replayDeadWebhookDeliveries',
          summary: 'Send all dead letters once more',
        },
        ...{ tags, params: Params },
        description: 'Oldest first, at most 1,000 at a time.',
        body: z.strictObject({
          since: z.iso
            .datetime()
            .optional()
            .describe('Dead letters from then on; all, unless given.'),
        }),
        response: { 202: z.object({ replayed: z.int() }) },
      },
    },
    async ({ principal, params, body }, reply) => {
      const since = new Date(body.since ?? 0);
      const replayed = await replayDead(stores, principal, params.id, since);
      stores.wake();
      return reply.code(202).send({ replayed });
    },
  );
}

function readCursor(cursor: string | undefined): number | undefined {
  const key = decodeCursor(cursor, isSequence);
  return key === undefined ? undefined : Number(key);
}

function isSequence(key: string): key is string {
  return /^[1-9]\d{0,14}$/.test(key);
}
