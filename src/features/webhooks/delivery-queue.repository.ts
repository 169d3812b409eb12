import { sql } from 'kysely';
import type { TenantId } from '../../core/ids.ts';
import type { Tx } from '../../platform/db/schema.ts';
import type { DeliveryId, EventId, WebhookId } from './webhook.ts';

/** A delivery that this process may send until its lease ends. */
export interface DueDelivery {
  readonly number: number;
  readonly id: DeliveryId;
  readonly tenant: TenantId;
  readonly webhook: WebhookId;
  readonly event: EventId;
  readonly key: string;
  readonly url: string;
  readonly bodySealed: Uint8Array;
  /** That have failed so far. */
  readonly attempts: number;
  readonly lease: string;
}

export interface TakeOptions {
  readonly now: Date;
  /** Longer than any attempt lasts. */
  readonly leaseMs: number;
  readonly lease: string;
  readonly limit: number;
  /** So that an endpoint that hangs leaves room for the others. */
  readonly limitPerWebhook: number;
  /** Endpoints that have enough in flight. */
  readonly except: readonly WebhookId[];
}

/**
 * The queue across tenants. Within one endpoint and key only the oldest pending delivery may be sent; it keeps
 * those behind it from being looked at by moving their time together with its own.
 */
export function createDeliveryQueueRepository(tx: Tx) {
  return {
    /** Safe for any number of processes: each delivery goes to one of them. */
    async take(options: TakeOptions): Promise<DueDelivery[]> {
      const { now, leaseMs, lease, limit, limitPerWebhook, except } = options;
      const leasedUntil = new Date(now.getTime() + leaseMs);
      const { rows } = await sql<DueDelivery>`
        update webhook_delivery taken
        set lease = ${lease}, next_attempt_at = ${leasedUntil}
        from webhook endpoint, webhook_event event
        where taken.number in (
            select due.number
            from webhook, lateral (
              select number from webhook_delivery candidate
              where candidate.webhook_id = webhook.id and state = 'pending' and next_attempt_at <= ${now}
                and not exists (
                  select from webhook_delivery earlier
                  where earlier.webhook_id = candidate.webhook_id and earlier.key = candidate.key
                    and earlier.state = 'pending' and earlier.number < candidate.number)
              order by next_attempt_at, number limit ${limitPerWebhook}
              for update skip locked) due
            where webhook.enabled and webhook.id <> all(${except}::text[])
            limit ${limit})
          and endpoint.id = taken.webhook_id and event.id = taken.event_id
        returning taken.number, taken.id, taken.tenant_id as tenant, taken.webhook_id as webhook,
          taken.event_id as event, taken.key, endpoint.url, event.body_sealed as "bodySealed",
          taken.attempts, taken.lease`.execute(tx);
      return rows;
    },

    /** False when the lease was lost: then somebody else decides about this delivery. */
    async end(due: DueDelivery, state: 'delivered' | 'dead', now: Date): Promise<boolean> {
      const { numUpdatedRows } = await tx
        .updateTable('webhook_delivery')
        .set({ state, lease: null, ended_at: now, attempts: due.attempts + 1 })
        .where('number', '=', due.number)
        .where('lease', '=', due.lease)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) return false;
      await tx
        .updateTable('webhook_delivery')
        .set({ next_attempt_at: now })
        .where('webhook_id', '=', due.webhook)
        .where('key', '=', due.key)
        .where('state', '=', 'pending')
        .execute();
      return true;
    },

    /** False when the lease was lost. */
    async retryAt(due: DueDelivery, at: Date): Promise<boolean> {
      const { numUpdatedRows } = await tx
        .updateTable('webhook_delivery')
        .set({ lease: null, attempts: due.attempts + 1, next_attempt_at: at })
        .where('number', '=', due.number)
        .where('lease', '=', due.lease)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) return false;
      await tx
        .updateTable('webhook_delivery')
        .set({ next_attempt_at: at })
        .where('webhook_id', '=', due.webhook)
        .where('key', '=', due.key)
        .where('state', '=', 'pending')
        .execute();
      return true;
    },
  };
}

/** Publishing and recording of one key exclude each other until commit, so that numbers follow the commits. */
export async function lockDeliveryKey(tx: Tx, tenant: TenantId, key: string): Promise<void> {
  const name = `webhook:${tenant}:${key}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx);
}
