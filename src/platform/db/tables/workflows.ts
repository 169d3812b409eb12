import type { Generated } from 'kysely';
import type { Id, TenantId } from '../../../core/ids.ts';

export interface WorkflowTable {
  id: Id<'workflow'>;
  tenant_id: TenantId;
  name: string;
  title: string;
  /** A graph that may still be wrong. */
  draft: Record<string, unknown> | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

export interface WorkflowVersionTable {
  tenant_id: TenantId;
  workflow_id: Id<'workflow'>;
  version: number;
  /** A graph that was valid when it was published. */
  graph: Record<string, unknown>;
  published_at: Generated<Date>;
}

export interface WorkflowTables {
  workflow: WorkflowTable;
  workflow_version: WorkflowVersionTable;
}
