import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Id, TenantId } from '../../core/ids.ts';
import type { Schema, Tx } from '../../platform/db/schema.ts';
import { WorkflowGraph } from './workflow.ts';

export type WorkflowId = Id<'workflow'>;

export interface Workflow {
  readonly id: WorkflowId;
  readonly name: string;
  readonly title: string;
  readonly draft: Record<string, unknown> | null;
  /** 0: never published. */
  readonly latestVersion: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface WorkflowVersion {
  readonly workflow: WorkflowId;
  readonly version: number;
  readonly graph: WorkflowGraph;
  readonly publishedAt: Date;
}

export interface NewWorkflow {
  readonly id: WorkflowId;
  readonly name: string;
  readonly title: string;
  readonly draft: Record<string, unknown> | null;
}

export function createWorkflowRepository(tx: Tx) {
  const select = (tenant: TenantId) =>
    tx
      .selectFrom('workflow')
      .selectAll('workflow')
      .select((eb) =>
        eb
          .selectFrom('workflow_version')
          .select(({ fn }) => fn.coalesce(fn.max('version'), sql<number>`0`).as('latest'))
          .whereRef('workflow_id', '=', 'workflow.id')
          .as('latest_version'),
      )
      .where('workflow.tenant_id', '=', tenant);
  return {
    /** False when the id or the name is taken. */
    async insert(tenant: TenantId, workflow: NewWorkflow): Promise<boolean> {
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('workflow')
        .values({ ...workflow, tenant_id: tenant })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },

    async list(tenant: TenantId): Promise<Workflow[]> {
      const rows = await select(tenant).orderBy('name').execute();
      return rows.map(toWorkflow);
    },

    async find(tenant: TenantId, idOrName: string): Promise<Workflow | undefined> {
      const row = await select(tenant)
        .where((eb) => eb.or([eb('id', '=', idOrName as WorkflowId), eb('name', '=', idOrName)]))
        .executeTakeFirst();
      return row && toWorkflow(row);
    },

    /** Waits for others who change the same workflow. */
    async lock(tenant: TenantId, id: WorkflowId): Promise<void> {
      await tx
        .selectFrom('workflow')
        .select('id')
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .forUpdate()
        .execute();
    },

    async saveDraft(
      tenant: TenantId,
      id: WorkflowId,
      change: { title?: string; draft: Record<string, unknown> | null },
    ): Promise<void> {
      await tx
        .updateTable('workflow')
        .set({ ...change, updated_at: sql`now()` })
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .execute();
    },
  };
}

/** Published versions: rows are only ever added. */
export function createWorkflowVersionRepository(tx: Tx) {
  return {
    async publish(
      tenant: TenantId,
      id: WorkflowId,
      version: number,
      graph: WorkflowGraph,
    ): Promise<void> {
      await tx
        .insertInto('workflow_version')
        .values({ tenant_id: tenant, workflow_id: id, version, graph })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },

    async findVersion(
      tenant: TenantId,
      id: WorkflowId,
      version: number,
    ): Promise<WorkflowVersion | undefined> {
      const row = await tx
        .selectFrom('workflow_version')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('workflow_id', '=', id)
        .where('version', '=', version)
        .executeTakeFirst();
      return (
        row && {
          workflow: row.workflow_id,
          version: row.version,
          // Parsed, so that settings which a later version of the product added get their defaults.
          graph: WorkflowGraph.parse(row.graph),
          publishedAt: row.published_at,
        }
      );
    },
  };
}

type Row = Selectable<Schema['workflow']> & { latest_version: number | null };

function toWorkflow(row: Row): Workflow {
  return {
    id: row.id,
    name: row.name,
    title: row.title,
    draft: row.draft,
    latestVersion: row.latest_version ?? 0,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
