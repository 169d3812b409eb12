import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Id, SessionId, SubjectId, TenantId } from '../../core/ids.ts';
import type { Environment } from '../../core/principal.ts';
import type { Schema, Tx } from '../../platform/db/schema.ts';
import { type Effect, finalStatuses, type SessionState, type SessionStatus } from './session.ts';

export interface SessionRow {
  readonly id: SessionId;
  readonly tenant: TenantId;
  readonly environment: Environment;
  readonly subject: SubjectId;
  readonly workflow: Id<'workflow'>;
  readonly workflowVersion: number;
  readonly state: SessionState;
  readonly personalSealed: Uint8Array | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly endedAt: Date | null;
  readonly erasedAt: Date | null;
}

export interface NewSession {
  readonly id: SessionId;
  readonly subject: SubjectId;
  readonly workflow: Id<'workflow'>;
  readonly state: SessionState;
  readonly personalSealed: Uint8Array;
  readonly referenceIndex: string | null;
}

export interface SessionFilter {
  readonly environment: Environment;
  readonly status?: SessionStatus | undefined;
  readonly workflow?: string | undefined;
  readonly referenceIndex?: string | undefined;
  /** Sessions made before this one: lists go from the newest to the oldest. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** The event that a row's state came from, and what it set off. */
export interface LastStep {
  readonly event: string;
  readonly effects: readonly Effect[];
}

export function createSessionRepository(tx: Tx) {
  return {
    /** False when it exists: the request was repeated after a crash. */
    async insert(tenant: TenantId, session: NewSession): Promise<boolean> {
      const { state } = session;
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('session')
        .values({
          id: session.id,
          tenant_id: tenant,
          environment: state.environment,
          subject_id: session.subject,
          workflow_id: session.workflow,
          workflow_version: state.workflow.version,
          status: state.status,
          state: { ...state },
          version: state.version,
          personal_sealed: Buffer.from(session.personalSealed),
          reference_index: session.referenceIndex,
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },

    async find(tenant: TenantId, id: string): Promise<SessionRow | undefined> {
      const row = await tx
        .selectFrom('session')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('id', '=', id as SessionId)
        .executeTakeFirst();
      return row && toSession(row);
    },

    async list(tenant: TenantId, filter: SessionFilter): Promise<SessionRow[]> {
      const rows = await tx
        .selectFrom('session')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('environment', '=', filter.environment)
        .$if(filter.status !== undefined, (q) => q.where('status', '=', filter.status ?? ''))
        .$if(filter.workflow !== undefined, (q) =>
          q.where('workflow_id', '=', filter.workflow as Id<'workflow'>),
        )
        .$if(filter.referenceIndex !== undefined, (q) =>
          q.where('reference_index', '=', filter.referenceIndex ?? ''),
        )
        .$if(filter.before !== undefined, (q) => q.where('id', '<', filter.before as SessionId))
        .orderBy('id', 'desc')
        .limit(filter.limit)
        .execute();
      return rows.map(toSession);
    },
  };
}

/** The actor's side of the row. */
export function createSessionStateRepository(tx: Tx) {
  return {
    /** Waits for whoever changes the same session. */
    async lock(
      tenant: TenantId,
      id: SessionId,
    ): Promise<(SessionRow & { readonly last: LastStep | null }) | undefined> {
      const row = await tx
        .selectFrom('session')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst();
      if (!row) return undefined;
      const last = row.last_event === null ? null : toLastStep(row.last_event, row.last_effects);
      return { ...toSession(row), last };
    },

    async save(tenant: TenantId, state: SessionState, last: LastStep): Promise<void> {
      const isFinal = finalStatuses.includes(state.status);
      await tx
        .updateTable('session')
        .set({
          status: state.status,
          state: { ...state },
          version: state.version,
          last_event: last.event,
          last_effects: { effects: [...last.effects] },
          updated_at: sql`now()`,
          ...(isFinal && { ended_at: sql<Date>`coalesce(ended_at, now())` }),
        })
        .where('tenant_id', '=', tenant)
        .where('id', '=', state.session as SessionId)
        .execute();
    },

    /** Leaves id, workflow, status and times; everything else goes. */
    async entomb(tenant: TenantId, state: SessionState): Promise<void> {
      await tx
        .updateTable('session')
        .set({
          state: { ...state },
          version: state.version,
          // `last_event` and `last_effects` stay: the engine may be about to ask for them, and they hold ids only.
          personal_sealed: null,
          reference_index: null,
          erased_at: sql<Date>`coalesce(erased_at, now())`,
          updated_at: sql`now()`,
        })
        .where('tenant_id', '=', tenant)
        .where('id', '=', state.session as SessionId)
        .execute();
    },
  };
}

type Row = Selectable<Schema['session']>;

function toSession(row: Row): SessionRow {
  return {
    id: row.id,
    tenant: row.tenant_id,
    environment: row.environment,
    subject: row.subject_id,
    workflow: row.workflow_id,
    workflowVersion: row.workflow_version,
    // Written by `save` and nobody else; the reducer is total over what earlier versions wrote.
    state: row.state as unknown as SessionState,
    personalSealed: row.personal_sealed,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    endedAt: row.ended_at,
    erasedAt: row.erased_at,
  };
}

function toLastStep(event: string, stored: Row['last_effects']): LastStep {
  return { event, effects: (stored?.effects ?? []) as unknown as readonly Effect[] };
}
