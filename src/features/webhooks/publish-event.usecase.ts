import { newId, type TenantId } from '../../core/ids.ts';
import type { Environment } from '../../core/principal.ts';
import type { SecretBox } from '../../core/secret-box.ts';
import type { Db, Tx } from '../../platform/db/schema.ts';
import { withSystem } from '../../platform/db/transaction.ts';
import { createDeliveryRepository } from './delivery.repository.ts';
import { lockDeliveryKey } from './delivery-queue.repository.ts';
import { createEventRepository } from './event.repository.ts';
import { type EventType, isWanted, type TEST_EVENT } from './event-filter.ts';
import { createWebhookRepository } from './webhook.repository.ts';
import { bodyContext, type DeliveryId, type EventId, type WebhookId } from './webhook.ts';

export interface NewEvent {
  /** Stays the same however often the event is delivered; recorded once however often it is published. */
  readonly id: EventId;
  readonly environment: Environment;
  readonly type: EventType | typeof TEST_EVENT;
  /** Events of one key reach an endpoint in the order of their publication: the session's id. */
  readonly key: string;
  /** `snake_case`; ids, states and codes, never personal data. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

/**
 * Records an event for every endpoint that wants it, in the transaction of what has happened: both or neither.
 * Answers how many endpoints that are.
 */
export async function publishEvent(
  tx: Tx,
  box: SecretBox,
  tenant: TenantId,
  event: NewEvent,
): Promise<number> {
  const { environment, type } = event;
  const all = await createWebhookRepository(tx).list({ tenant, environment });
  const wanted = all.filter(({ enabled, filters }) => enabled && isWanted(filters, type));
  const ids = wanted.map(({ id }) => id);
  return (await recordEvent(tx, box, tenant, event, ids)).length;
}

/** As `publishEvent`, for endpoints that were chosen otherwise. */
export async function recordEvent(
  tx: Tx,
  box: SecretBox,
  tenant: TenantId,
  { id, environment, type, key, data, at }: NewEvent,
  webhooks: readonly WebhookId[],
): Promise<DeliveryId[]> {
  if (webhooks.length === 0) return [];
  await lockDeliveryKey(tx, tenant, key);
  const body = JSON.stringify({ id, type, timestamp: at.toISOString(), data });
  const bodySealed = box.seal(Buffer.from(body), bodyContext(id));
  const deliveries = createDeliveryRepository(tx);
  const isNew = await createEventRepository(tx).insert(
    { tenant, environment },
    { id, type, key, bodySealed },
  );
  if (!isNew) return [];
  const made: DeliveryId[] = [];
  for (const webhook of webhooks) {
    const delivery = newId('delivery');
    await deliveries.insert(tenant, delivery, webhook, { id, key }, at);
    made.push(delivery);
  }
  return made;
}

/** For the erasure of a session: its events, deliveries and their log. */
export function eraseEvents(tx: Tx, tenant: TenantId, key: string): Promise<void> {
  return createEventRepository(tx).removeOfKey(tenant, key);
}

/** Removes events from before that time with their log; what still waits stays. Answers how many. */
export function pruneEvents(db: Db, before: Date): Promise<number> {
  return withSystem(db, (tx) => createEventRepository(tx).removeBefore(before));
}
