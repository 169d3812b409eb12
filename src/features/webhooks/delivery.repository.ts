import { sql } from 'kysely';
import type { TenantId } from '../../core/ids.ts';
import type { Tx } from '../../platform/db/schema.ts';
import type { NewEventRow } from './event.repository.ts';
import type {
  Attempt,
  Delivery,
  DeliveryId,
  DeliveryState,
  EventId,
  WebhookId,
} from './webhook.ts';

export interface DeliveryFilter {
  readonly state?: DeliveryState | undefined;
  /** Deliveries before this number: lists go from the newest to the oldest. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** What is to be delivered, and the log of what was. */
export function createDeliveryRepository(tx: Tx) {
  const select = (tenant: TenantId, webhook: WebhookId) =>
    tx
      .selectFrom('webhook_delivery')
      .innerJoin('webhook_event', 'webhook_event.id', 'webhook_delivery.event_id')
      .selectAll('webhook_delivery')
      .select('webhook_event.type')
      .where('webhook_delivery.tenant_id', '=', tenant)
      .where('webhook_id', '=', webhook);
  return {
    /** At the end of its key's order; not before what it must wait for. */
    async insert(
      tenant: TenantId,
      id: DeliveryId,
      webhook: WebhookId,
      event: Pick<NewEventRow, 'id' | 'key'>,
      now: Date,
    ): Promise<void> {
      const waiting = sql<Date>`greatest(${now}::timestamptz, (
        select max(next_attempt_at) from webhook_delivery
        where webhook_id = ${webhook} and key = ${event.key} and state = 'pending'))`;
      await tx
        .insertInto('webhook_delivery')
        .values({
          ...{ id, tenant_id: tenant, webhook_id: webhook, event_id: event.id, key: event.key },
          ...{ state: 'pending', next_attempt_at: waiting, lease: null, ended_at: null },
        })
        .execute();
    },

    async find(
      tenant: TenantId,
      webhook: WebhookId,
      id: DeliveryId,
    ): Promise<Delivery | undefined> {
      const row = await select(tenant, webhook)
        .where('webhook_delivery.id', '=', id)
        .executeTakeFirst();
      return row && toDelivery(row);
    },

    async list(tenant: TenantId, webhook: WebhookId, filter: DeliveryFilter): Promise<Delivery[]> {
      const { state, before, limit } = filter;
      const rows = await select(tenant, webhook)
        .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'pending'))
        .$if(before !== undefined, (query) => query.where('number', '<', before ?? 0))
        .orderBy('number', 'desc')
        .limit(limit)
        .execute();
      return rows.map(toDelivery);
    },
  };
}

/** The log. */
export function createAttemptRepository(tx: Tx) {
  return {
    async insert(tenant: TenantId, delivery: number, attempt: Attempt): Promise<void> {
      await tx
        .insertInto('webhook_attempt')
        .values({
          delivery_number: delivery,
          tenant_id: tenant,
          attempt: attempt.attempt,
          at: attempt.at,
          latency_ms: attempt.latencyMs,
          status: attempt.status ?? null,
          failure: attempt.failure ?? null,
          excerpt: attempt.excerpt,
        })
        .execute();
    },

    async list(tenant: TenantId, delivery: number): Promise<Attempt[]> {
      const rows = await tx
        .selectFrom('webhook_attempt')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('delivery_number', '=', delivery)
        .orderBy('attempt')
        .execute();
      return rows.map(({ attempt, at, latency_ms, status, failure, excerpt }) => ({
        ...{ attempt, at, latencyMs: latency_ms, excerpt },
        ...{ status: status ?? undefined, failure: failure ?? undefined },
      }));
    },
  };
}

interface DeliveryRow {
  number: number;
  id: DeliveryId;
  webhook_id: WebhookId;
  event_id: EventId;
  type: string;
  key: string;
  state: DeliveryState;
  attempts: number;
  next_attempt_at: Date;
  created_at: Date;
  ended_at: Date | null;
}

function toDelivery(row: DeliveryRow): Delivery {
  const { number, id, webhook_id, event_id, type, key, state, attempts } = row;
  return {
    ...{ number, id, webhook: webhook_id, event: { id: event_id, type }, key, state, attempts },
    nextAttemptAt: state === 'pending' ? row.next_attempt_at : undefined,
    createdAt: row.created_at,
    endedAt: row.ended_at ?? undefined,
  };
}
