import type { TenantId } from '../../core/ids.ts';
import type { Tx } from '../../platform/db/schema.ts';
import type { Place } from './webhook.repository.ts';
import type { EventId } from './webhook.ts';

export interface NewEventRow {
  readonly id: EventId;
  readonly type: string;
  readonly key: string;
  readonly bodySealed: Uint8Array;
}

/** What has happened, as it is sent. Deliveries and their log go with their event. */
export function createEventRepository(tx: Tx) {
  return {
    /** False when the event was recorded before. */
    async insert({ tenant, environment }: Place, event: NewEventRow): Promise<boolean> {
      const { id, type, key, bodySealed } = event;
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('webhook_event')
        .values({
          ...{ id, tenant_id: tenant, environment, type, key },
          body_sealed: Buffer.from(bodySealed),
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },

    /** With their deliveries and logs, which go with them. */
    async removeOfKey(tenant: TenantId, key: string): Promise<void> {
      await tx
        .deleteFrom('webhook_event')
        .where('tenant_id', '=', tenant)
        .where('key', '=', key)
        .execute();
    },

    /** Across tenants; what still waits to be delivered stays. Answers how many. */
    async removeBefore(before: Date): Promise<number> {
      const { numDeletedRows } = await tx
        .deleteFrom('webhook_event')
        .where('created_at', '<', before)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('webhook_delivery')
                .select('number')
                .whereRef('event_id', '=', 'webhook_event.id')
                .where('state', '=', 'pending'),
            ),
          ),
        )
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}
