import { z } from 'zod';
import type { Id } from '../../core/ids.ts';
import type { Environment } from '../../core/principal.ts';
import { eventTypes, isFilter } from './event-filter.ts';

export type WebhookId = Id<'webhook'>;
export type EventId = Id<'event'>;
export type DeliveryId = Id<'delivery'>;

/** An endpoint of a tenant. */
export interface Webhook {
  readonly id: WebhookId;
  readonly environment: Environment;
  readonly url: string;
  readonly description: string;
  readonly filters: readonly string[];
  /** While it is not, no events are recorded for it, and those that wait go on waiting. */
  readonly enabled: boolean;
  readonly createdAt: Date;
}

/** More would mean that somebody makes one per session. */
export const MAX_WEBHOOKS = 20;

const filterList = Object.keys(eventTypes).join(', ');

export const WebhookFilters = z
  .array(z.string().refine(isFilter, `is none of \`*\`, \`session.*\`, ${filterList}`))
  .min(1)
  .max(50);

/** What a tenant may set. The URL is judged by the address policy, not here. */
export const WebhookSettings = z.strictObject({
  url: z.string().min(1).max(2_000).describe('https, on the public internet.'),
  events: WebhookFilters.default(['*']).describe('Types of events, `session.*`, or `*`.'),
  description: z.string().max(200).default(''),
  enabled: z.boolean().default(true),
});
export type WebhookSettings = z.infer<typeof WebhookSettings>;

export const deliveryStates = ['pending', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export interface Delivery {
  readonly number: number;
  readonly id: DeliveryId;
  readonly webhook: WebhookId;
  readonly event: { readonly id: EventId; readonly type: string };
  readonly key: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** Undefined once it has ended. */
  readonly nextAttemptAt: Date | undefined;
  readonly createdAt: Date;
  readonly endedAt: Date | undefined;
}

export interface Attempt {
  readonly attempt: number;
  readonly at: Date;
  readonly latencyMs: number;
  /** Undefined when there was no answer; then `failure` says why. */
  readonly status: number | undefined;
  readonly failure: string | undefined;
  /** Technical words of the answer; see excerpt.ts. */
  readonly excerpt: string;
}

/** Context under which the signing secrets are sealed. */
export function secretContext(webhook: WebhookId): string {
  return `webhook-secret:${webhook}`;
}

export function bodyContext(event: EventId): string {
  return `webhook-event:${event}`;
}
