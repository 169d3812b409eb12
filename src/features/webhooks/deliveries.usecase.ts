import { AppError } from '../../core/errors.ts';
import { isId, newId } from '../../core/ids.ts';
import type { SecretBox } from '../../core/secret-box.ts';
import type { Db, Tx } from '../../platform/db/schema.ts';
import { withTenant } from '../../platform/db/transaction.ts';
import {
  createAttemptRepository,
  createDeliveryRepository,
  type DeliveryFilter,
} from './delivery.repository.ts';
import { lockDeliveryKey } from './delivery-queue.repository.ts';
import { TEST_EVENT } from './event-filter.ts';
import { requireWebhook } from './manage-webhooks.usecase.ts';
import { type NewEvent, recordEvent } from './publish-event.usecase.ts';
import type { Place } from './webhook.repository.ts';
import type { Attempt, Delivery, DeliveryId, WebhookId } from './webhook.ts';

interface Stores {
  readonly db: Db;
}

/** Newest first. @throws AppError webhook_not_found */
export function listDeliveries(
  { db }: Stores,
  place: Place,
  webhook: string,
  filter: DeliveryFilter,
): Promise<Delivery[]> {
  return withTenant(db, place.tenant, async (tx) => {
    const { id } = await requireWebhook(tx, place, webhook);
    return createDeliveryRepository(tx).list(place.tenant, id, filter);
  });
}

/** With the log of its attempts. @throws AppError webhook_not_found | delivery_not_found */
export function findDelivery(
  { db }: Stores,
  place: Place,
  webhook: string,
  id: string,
): Promise<{ delivery: Delivery; attempts: Attempt[] }> {
  return withTenant(db, place.tenant, async (tx) => {
    const delivery = await requireDelivery(tx, place, webhook, id);
    const attempts = await createAttemptRepository(tx).list(place.tenant, delivery.number);
    return { delivery, attempts };
  });
}

/**
 * Sends the event once more, at the end of its session's order, with the same event id.
 * @throws AppError webhook_not_found | delivery_not_found
 */
export function replayDelivery(
  { db }: Stores,
  place: Place,
  webhook: string,
  id: string,
  now = new Date(),
): Promise<Delivery> {
  return withTenant(db, place.tenant, async (tx) =>
    replay(tx, place, await requireDelivery(tx, place, webhook, id), now),
  );
}

/** Sends all dead letters since then once more, oldest first. Answers how many, at most 1,000 at a time. */
export function replayDead(
  { db }: Stores,
  place: Place,
  webhook: string,
  since: Date,
  now = new Date(),
): Promise<number> {
  return withTenant(db, place.tenant, async (tx) => {
    const { id } = await requireWebhook(tx, place, webhook);
    const deliveries = createDeliveryRepository(tx);
    const dead = await deliveries.list(place.tenant, id, { state: 'dead', limit: 1_000 });
    const wanted = dead.filter(({ createdAt }) => createdAt >= since).reverse();
    for (const delivery of wanted) await replay(tx, place, delivery, now);
    return wanted.length;
  });
}

/** An event without meaning, to this endpoint alone. @throws AppError webhook_not_found */
export function sendTestEvent(
  { db, box }: Stores & { readonly box: SecretBox },
  place: Place,
  webhook: string,
  now = new Date(),
): Promise<Delivery> {
  return withTenant(db, place.tenant, async (tx) => {
    const { id } = await requireWebhook(tx, place, webhook);
    const event: NewEvent = {
      ...{ id: newId('event'), environment: place.environment, type: TEST_EVENT, at: now },
      // A key of its own: a test neither waits for a session's events nor holds them up.
      ...{ key: newId('request'), data: { webhook_id: id } },
    };
    const [delivery] = await recordEvent(tx, box, place.tenant, event, [id]);
    return requireDelivery(tx, place, id, delivery ?? '');
  });
}

async function replay(tx: Tx, place: Place, old: Delivery, now: Date): Promise<Delivery> {
  await lockDeliveryKey(tx, place.tenant, old.key);
  const id: DeliveryId = newId('delivery');
  const event = { id: old.event.id, key: old.key };
  await createDeliveryRepository(tx).insert(place.tenant, id, old.webhook, event, now);
  return requireDelivery(tx, place, old.webhook, id);
}

async function requireDelivery(
  tx: Tx,
  place: Place,
  webhook: WebhookId | string,
  id: string,
): Promise<Delivery> {
  const { id: known } = await requireWebhook(tx, place, webhook);
  const found =
    isId('delivery', id) && (await createDeliveryRepository(tx).find(place.tenant, known, id));
  if (!found) throw new AppError('delivery_not_found');
  return found;
}
