import type { Id, SessionId, TenantId } from '../../core/ids.ts';
import type { Tx } from '../../platform/db/schema.ts';

export interface SessionOrderRow {
  readonly id: string;
  readonly session: SessionId;
  readonly kind: 'ruling' | 'resubmission' | 'erasure';
  /** Codes only. */
  readonly body: Record<string, unknown>;
  readonly comment: Uint8Array | null;
  readonly by: string;
}

export function createSessionOrderRepository(tx: Tx) {
  return {
    async insert(tenant: TenantId, order: SessionOrderRow): Promise<void> {
      await tx
        .insertInto('session_order')
        .values({
          id: order.id,
          tenant_id: tenant,
          session_id: order.session,
          kind: order.kind,
          body: order.body,
          comment_sealed: order.comment && Buffer.from(order.comment),
          ordered_by: order.by,
        })
        .execute();
    },

    async exists(tenant: TenantId, id: Id<'order'>): Promise<boolean> {
      const row = await tx
        .selectFrom('session_order')
        .select('id')
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .executeTakeFirst();
      return row !== undefined;
    },

    async listOf(
      tenant: TenantId,
      session: SessionId,
    ): Promise<(SessionOrderRow & { readonly at: Date })[]> {
      const rows = await tx
        .selectFrom('session_order')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('session_id', '=', session)
        .orderBy('ordered_at')
        .execute();
      return rows.map((row) => ({
        id: row.id,
        session: row.session_id,
        kind: row.kind,
        body: row.body,
        comment: row.comment_sealed,
        by: row.ordered_by,
        at: row.ordered_at,
      }));
    },

    async dropComments(tenant: TenantId, session: SessionId): Promise<void> {
      await tx
        .updateTable('session_order')
        .set({ comment_sealed: null })
        .where('tenant_id', '=', tenant)
        .where('session_id', '=', session)
        .execute();
    },
  };
}
