import { z } from 'zod';
import { environments } from '../../core/principal.ts';
import { type Attempt, type Delivery, deliveryStates, type Webhook } from './webhook.ts';

/** What the API answers; `snake_case`, times in RFC 3339 UTC. */
const time = z.iso.datetime();

export const WebhookJson = z
  .object({
    id: z.string(),
    environment: z.enum(environments),
    url: z.string(),
    events: z.array(z.string()),
    description: z.string(),
    enabled: z.boolean(),
    created_at: time,
  })
  .meta({ id: 'Webhook' });

export const WebhookWithSecretJson = WebhookJson.extend({
  secret: z.string().describe('`whsec_…`, to check signatures with. Shown here only.'),
}).meta({ id: 'WebhookWithSecret' });

export const DeliveryJson = z
  .object({
    id: z.string(),
    webhook_id: z.string(),
    event_id: z
      .string()
      .describe('`webhook-id` of the message; the same for every attempt and replay.'),
    event_type: z.string(),
    session_id: z.string().nullable().describe('Deliveries of one session keep their order.'),
    state: z.enum(deliveryStates).describe('`dead`: given up after three days of attempts.'),
    attempts: z.int(),
    next_attempt_at: time.nullable(),
    created_at: time,
    ended_at: time.nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

export const DeliveryWithLogJson = DeliveryJson.extend({
  log: z.array(
    z.object({
      attempt: z.int(),
      at: time,
      latency_ms: z.int(),
      status: z.int().nullable().describe("Of the endpoint's answer; null when there was none."),
      failure: z.string().nullable().describe('Why there was no answer.'),
      excerpt: z
        .string()
        .describe(
          'Technical words of an answer that was no success; the rest is left out for privacy.',
        ),
    }),
  ),
}).meta({ id: 'WebhookDeliveryWithLog' });

export function toWebhookJson(webhook: Webhook): z.infer<typeof WebhookJson> {
  const { id, environment, url, filters, description, enabled, createdAt } = webhook;
  return {
    ...{ id, environment, url, description, enabled },
    events: [...filters],
    created_at: createdAt.toISOString(),
  };
}

export function toDeliveryJson(delivery: Delivery): z.infer<typeof DeliveryJson> {
  const { id, webhook, event, key, state, attempts, nextAttemptAt, createdAt, endedAt } = delivery;
  return {
    ...{ id, webhook_id: webhook, event_id: event.id, event_type: event.type, state, attempts },
    session_id: key.startsWith('ses_') ? key : null,
    next_attempt_at: nextAttemptAt?.toISOString() ?? null,
    created_at: createdAt.toISOString(),
    ended_at: endedAt?.toISOString() ?? null,
  };
}

export function toDeliveryWithLogJson(
  delivery: Delivery,
  attempts: readonly Attempt[],
): z.infer<typeof DeliveryWithLogJson> {
  return {
    ...toDeliveryJson(delivery),
    log: attempts.map(({ attempt, at, latencyMs, status, failure, excerpt }) => ({
      ...{ attempt, at: at.toISOString(), latency_ms: latencyMs, excerpt },
      ...{ status: status ?? null, failure: failure ?? null },
    })),
  };
}
