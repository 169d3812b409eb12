import { AppError } from '../../core/errors.ts';
import { idFromSeed, type TenantId } from '../../core/ids.ts';
import type { Db, Tx } from '../../platform/db/schema.ts';
import { withTenant } from '../../platform/db/transaction.ts';
import { findCheck } from '../checks/index.ts';
import { shippedWorkflows } from './shipped.ts';
import { validateWorkflow } from './validate.ts';
import {
  createWorkflowRepository,
  createWorkflowVersionRepository,
  type NewWorkflow,
  type Workflow,
  type WorkflowId,
  type WorkflowVersion,
} from './workflow.repository.ts';
import type { WorkflowGraph } from './workflow.ts';

/** The tenant's workflows, those that come with the product included. */
export function listWorkflows(db: Db, tenant: TenantId): Promise<Workflow[]> {
  return withTenant(db, tenant, async (tx) => {
    await addShipped(tx, tenant);
    return createWorkflowRepository(tx).list(tenant);
  });
}

/** @throws AppError workflow_not_found */
export function readWorkflow(db: Db, tenant: TenantId, idOrName: string): Promise<Workflow> {
  return withTenant(db, tenant, async (tx) => {
    await addShipped(tx, tenant);
    return requireWorkflow(tx, tenant, idOrName);
  });
}

/** @throws AppError workflow_not_found */
export function readVersion(
  db: Db,
  tenant: TenantId,
  idOrName: string,
  version: number,
): Promise<WorkflowVersion> {
  return withTenant(db, tenant, async (tx) => {
    const { id } = await requireWorkflow(tx, tenant, idOrName);
    const found = await createWorkflowVersionRepository(tx).findVersion(tenant, id, version);
    if (!found) throw new AppError('workflow_not_found', 'No such version');
    return found;
  });
}

/** The draft may still be wrong. @throws AppError workflow_name_taken */
export function createWorkflow(db: Db, tenant: TenantId, workflow: NewWorkflow): Promise<Workflow> {
  return withTenant(db, tenant, async (tx) => {
    await addShipped(tx, tenant);
    const repository = createWorkflowRepository(tx);
    const isNew = await repository.insert(tenant, workflow);
    const found = await repository.find(tenant, workflow.id);
    // The same id: the request was repeated after a crash.
    if (!isNew && !found) throw new AppError('workflow_name_taken');
    return requireWorkflow(tx, tenant, workflow.id);
  });
}

/** @throws AppError workflow_not_found */
export function changeDraft(
  db: Db,
  tenant: TenantId,
  idOrName: string,
  change: { title?: string; draft: Record<string, unknown> },
): Promise<Workflow> {
  return withTenant(db, tenant, async (tx) => {
    const { id } = await requireWorkflow(tx, tenant, idOrName);
    await createWorkflowRepository(tx).saveDraft(tenant, id, change);
    return requireWorkflow(tx, tenant, id);
  });
}

/**
 * Makes the draft the next version. Sessions that are open stay with the version they began with.
 * @throws AppError workflow_not_found | workflow_invalid
 */
export function publishWorkflow(
  db: Db,
  tenant: TenantId,
  idOrName: string,
): Promise<WorkflowVersion> {
  return withTenant(db, tenant, async (tx) => {
    const repository = createWorkflowRepository(tx);
    const { id } = await requireWorkflow(tx, tenant, idOrName);
    await repository.lock(tenant, id);
    const { draft, latestVersion } = await requireWorkflow(tx, tenant, id);
    if (!draft) throw new AppError('workflow_invalid', 'There is no draft to publish');
    const { graph, issues } = validateWorkflow(draft, findCheck);
    if (!graph || issues.length > 0) {
      const errors = issues.map(({ code, pointer, detail }) => ({
        pointer: `/draft${pointer}`,
        detail: `${code}: ${detail}`,
      }));
      throw new AppError('workflow_invalid', undefined, { errors });
    }
    const versions = createWorkflowVersionRepository(tx);
    await versions.publish(tenant, id, latestVersion + 1, graph);
    await repository.saveDraft(tenant, id, { draft: null });
    const published = await versions.findVersion(tenant, id, latestVersion + 1);
    if (!published) throw new AppError('workflow_not_found');
    return published;
  });
}

export interface PinnedWorkflow {
  readonly id: WorkflowId;
  readonly version: number;
  readonly graph: WorkflowGraph;
}

/** What a new session is pinned to: the given version, or the latest. @throws AppError workflow_not_found */
export async function pinWorkflow(
  tx: Tx,
  tenant: TenantId,
  idOrName: string,
  version?: number,
): Promise<PinnedWorkflow> {
  const repository = createWorkflowRepository(tx);
  if (!(await repository.find(tenant, idOrName))) await addShipped(tx, tenant);
  const workflow = await requireWorkflow(tx, tenant, idOrName);
  const found = await createWorkflowVersionRepository(tx).findVersion(
    tenant,
    workflow.id,
    version ?? workflow.latestVersion,
  );
  if (!found) throw new AppError('workflow_not_found', 'It has no such published version');
  return { id: workflow.id, version: found.version, graph: found.graph };
}

/** The graph that a session is pinned to. @throws AppError workflow_not_found */
export async function loadGraph(
  tx: Tx,
  tenant: TenantId,
  id: WorkflowId,
  version: number,
): Promise<WorkflowGraph> {
  const found = await createWorkflowVersionRepository(tx).findVersion(tenant, id, version);
  if (!found) throw new AppError('workflow_not_found');
  return found.graph;
}

/** Gives the tenant the workflows of this version of the product. The tenant's own of the same name stay. */
async function addShipped(tx: Tx, tenant: TenantId): Promise<void> {
  const repository = createWorkflowRepository(tx);
  for (const { name, title, graph } of shippedWorkflows) {
    const id = idFromSeed('workflow', `${tenant}\nshipped\n${name}`);
    if (await repository.find(tenant, name)) continue;
    if (await repository.insert(tenant, { id, name, title, draft: null })) {
      await createWorkflowVersionRepository(tx).publish(tenant, id, 1, graph);
    }
  }
}

async function requireWorkflow(tx: Tx, tenant: TenantId, idOrName: string): Promise<Workflow> {
  const workflow = await createWorkflowRepository(tx).find(tenant, idOrName);
  if (!workflow) throw new AppError('workflow_not_found');
  return workflow;
}
