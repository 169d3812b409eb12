import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { TenantId } from '../../core/ids.ts';
import type { Environment } from '../../core/principal.ts';
import type { Schema, Tx } from '../../platform/db/schema.ts';
import type { Webhook, WebhookId, WebhookSettings } from './webhook.ts';

/** Whose endpoint: keys of one environment do not see the other's. */
export interface Place {
  readonly tenant: TenantId;
  readonly environment: Environment;
}

export function createWebhookRepository(tx: Tx) {
  const own = ({ tenant, environment }: Place) =>
    tx
      .selectFrom('webhook')
      .selectAll()
      .where('tenant_id', '=', tenant)
      .where('environment', '=', environment);
  return {
    /** False when it exists: the request was repeated after a crash. */
    async insert({ tenant, environment }: Place, id: WebhookId, settings: WebhookSettings) {
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('webhook')
        .values({ id, tenant_id: tenant, environment, ...toColumns(settings) })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },

    async find(place: Place, id: WebhookId): Promise<Webhook | undefined> {
      const row = await own(place).where('id', '=', id).executeTakeFirst();
      return row && toWebhook(row);
    },

    async list(place: Place, after?: WebhookId, limit = 1_000): Promise<Webhook[]> {
      const query = after === undefined ? own(place) : own(place).where('id', '>', after);
      const rows = await query.orderBy('id').limit(limit).execute();
      return rows.map(toWebhook);
    },

    async update({ tenant, environment }: Place, id: WebhookId, settings: WebhookSettings) {
      await tx
        .updateTable('webhook')
        .set(toColumns(settings))
        .where('tenant_id', '=', tenant)
        .where('environment', '=', environment)
        .where('id', '=', id)
        .execute();
    },

    /** False when there was none. */
    async remove({ tenant, environment }: Place, id: WebhookId): Promise<boolean> {
      const { numDeletedRows } = await tx
        .deleteFrom('webhook')
        .where('tenant_id', '=', tenant)
        .where('environment', '=', environment)
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      return numDeletedRows === 1n;
    },
  };
}

export function createWebhookSecretRepository(tx: Tx) {
  return {
    /** The new one signs from now on; those before it sign too until `othersEndAt`. */
    async add(tenant: TenantId, webhook: WebhookId, sealed: Uint8Array, othersEndAt: Date) {
      const { last } = await tx
        .selectFrom('webhook_secret')
        .select((row) => row.fn.max('number').as('last'))
        .where('tenant_id', '=', tenant)
        .where('webhook_id', '=', webhook)
        .executeTakeFirstOrThrow();
      await tx
        .updateTable('webhook_secret')
        .set({ ends_at: sql`least(ends_at, ${othersEndAt})` })
        .where('tenant_id', '=', tenant)
        .where('webhook_id', '=', webhook)
        .execute();
      // Two at most: a rotation during a rotation ends the oldest at once.
      await tx
        .deleteFrom('webhook_secret')
        .where('tenant_id', '=', tenant)
        .where('webhook_id', '=', webhook)
        .where('number', '<', last ?? 0)
        .execute();
      await tx
        .insertInto('webhook_secret')
        .values({
          tenant_id: tenant,
          webhook_id: webhook,
          number: (last ?? 0) + 1,
          secret_sealed: Buffer.from(sealed),
          ends_at: null,
        })
        .execute();
    },

    /** Those that sign now, the newest first. */
    async valid(tenant: TenantId, webhook: WebhookId, now: Date): Promise<Uint8Array[]> {
      const rows = await tx
        .selectFrom('webhook_secret')
        .select('secret_sealed')
        .where('tenant_id', '=', tenant)
        .where('webhook_id', '=', webhook)
        .where((row) => row.or([row('ends_at', 'is', null), row('ends_at', '>', now)]))
        .orderBy('number', 'desc')
        .execute();
      return rows.map(({ secret_sealed }) => secret_sealed);
    },
  };
}

function toColumns({ url, events, description, enabled }: WebhookSettings) {
  return { url, filters: events, description, enabled };
}

function toWebhook(row: Selectable<Schema['webhook']>): Webhook {
  const { id, environment, url, description, filters, enabled, created_at } = row;
  return { id, environment, url, description, filters, enabled, createdAt: created_at };
}
