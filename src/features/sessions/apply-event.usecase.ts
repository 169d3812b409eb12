import type { Id, SessionId, TenantId } from '../../core/ids.ts';
import type { Db, Tx } from '../../platform/db/schema.ts';
import { withTenant } from '../../platform/db/transaction.ts';
import { checkOrUnavailable } from '../checks/index.ts';
import { loadGraph, type WorkflowGraph } from '../workflows/index.ts';
import { expiryOf } from './retention.ts';
import { createSessionStateRepository, type SessionRow } from './session.repository.ts';
import { type Effect, finalStatuses, type PublishedEvent, type SessionEvent } from './session.ts';
import { advance, resume } from './session-machine.ts';
import type { SessionPlan } from './session-plan.ts';
import { createUpkeepRepository } from './upkeep.repository.ts';

/** What others learn of a session; sent on in the same transaction, so exactly once. */
export interface SessionNotice {
  readonly event: PublishedEvent;
  readonly session: SessionId;
  readonly environment: SessionRow['environment'];
  readonly status: string;
  readonly workflow: { readonly id: string; readonly version: number };
}

export interface ApplyDeps {
  readonly db: Db;
  publish(tx: Tx, tenant: TenantId, notice: SessionNotice): Promise<void>;
}

/**
 * One step of a session: read, advance, save, publish, in one transaction. Applying the same event once more,
 * because the engine lost the answer, changes nothing and returns the same effects.
 * @param eventId the same whenever the engine repeats this call
 * @returns what is still to be carried out
 */
export function applyEvent(
  { db, publish }: ApplyDeps,
  tenant: TenantId,
  session: SessionId,
  eventId: string,
  event: SessionEvent,
): Promise<readonly Effect[]> {
  return withTenant(db, tenant, async (tx) => {
    const sessions = createSessionStateRepository(tx);
    const row = await sessions.lock(tenant, session);
    if (!row) return [];
    if (row.last?.event === eventId) return row.last.effects;
    const plan = await loadPlan(tx, row);
    const { state, effects } = advance(plan, row.state, event);
    if (state === row.state) return [];
    const toCarryOut = effects.filter(({ type }) => type !== 'publish');
    await sessions.save(tenant, state, { event: eventId, effects: toCarryOut });
    if (finalStatuses.includes(state.status)) await setExpiry(tx, row, plan.graph, event.at);
    for (const effect of effects) {
      if (effect.type !== 'publish') continue;
      await publish(tx, tenant, {
        event: effect.event,
        session,
        environment: row.environment,
        status: state.status,
        workflow: state.workflow,
      });
    }
    return toCarryOut;
  });
}

/** What must be under way, for an engine that has lost its memory. */
export function resumeSession(
  { db }: Pick<ApplyDeps, 'db'>,
  tenant: TenantId,
  session: SessionId,
): Promise<readonly Effect[]> {
  return withTenant(db, tenant, async (tx) => {
    const row = await createSessionStateRepository(tx).lock(tenant, session);
    return row ? resume(await loadPlan(tx, row), row.state) : [];
  });
}

/** Versions never change, so each is read once. */
const graphs = new Map<string, WorkflowGraph>();
const mostGraphs = 500;

export async function loadPlan(
  tx: Tx,
  row: Pick<SessionRow, 'tenant' | 'workflow' | 'workflowVersion'>,
): Promise<SessionPlan> {
  const key = `${row.tenant} ${row.workflow} ${row.workflowVersion}`;
  let graph = graphs.get(key);
  if (!graph) {
    graph = await loadGraph(tx, row.tenant, row.workflow as Id<'workflow'>, row.workflowVersion);
    if (graphs.size >= mostGraphs) graphs.clear();
    graphs.set(key, graph);
  }
  return { graph, findCheck: checkOrUnavailable };
}

async function setExpiry(
  tx: Tx,
  { tenant, id }: SessionRow,
  graph: WorkflowGraph,
  endedAt: number,
): Promise<void> {
  for (const { kind, at } of expiryOf(graph, endedAt)) {
    if (kind === 'original') await createUpkeepRepository(tx, 'evidence').setExpiry(tenant, id, at);
    else await createUpkeepRepository(tx, 'artifact').setExpiry(tenant, id, at, kind);
  }
}
