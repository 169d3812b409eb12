import type { Id, SessionId, TenantId } from '../../core/ids.ts';
import type { Db, Tx } from '../../platform/db/schema.ts';
import { withTenant } from '../../platform/db/transaction.ts';
import { checkOrUnavailable } from '../checks/index.ts';
import { loadGraph, type WorkflowGraph } from '../workflows/index.ts';
import { createArtifactRepository } from './artifact.repository.ts';
import { expiryOf } from './retention.ts';
import { createSessionStateRepository, type SessionRow } from './session.repository.ts';
import {
  type Effect,
  finalStatuses,
  type PublishedEvent,
  type SessionEvent,
  type SessionState,
} from './session.ts';
import { advance, resume } from './session-machine.ts';
import type { SessionMessage, TaskRecord } from './session-message.ts';
import type { SessionPlan } from './session-plan.ts';
import { createTaskRunRepository } from './task-run.repository.ts';
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
 * One step of a session: read, record, advance, save, publish, in one transaction. Applying the same event once more,
 * because the engine lost the answer, changes nothing and returns the same effects.
 * @param eventId the same whenever the engine repeats this call
 * @returns what is still to be carried out
 */
export function applyEvent(
  { db, publish }: ApplyDeps,
  tenant: TenantId,
  session: SessionId,
  eventId: string,
  { event, record }: Pick<SessionMessage, 'event' | 'record'>,
): Promise<readonly Effect[]> {
  return withTenant(db, tenant, async (tx) => {
    const sessions = createSessionStateRepository(tx);
    const row = await sessions.lock(tenant, session);
    if (!row) return [];
    if (row.last?.event === eventId) return row.last.effects;
    const plan = await loadPlan(tx, row);
    const isKept = record !== undefined && (await recordTask(tx, row, event, record));
    const { state, effects } = advance(plan, row.state, event);
    const isFinal = finalStatuses.includes(state.status);
    // Also what was made after the end is not kept for ever.
    if (isFinal && (isKept || state !== row.state)) {
      await setExpiry(tx, row, plan.graph, row.endedAt?.getTime() ?? event.at);
    }
    if (state === row.state) return [];
    const toCarryOut = effects.filter(({ type }) => type !== 'publish');
    await sessions.save(tenant, state, { event: eventId, effects: toCarryOut });
    await publishAll(tx, publish, row, state, effects);
    return toCarryOut;
  });
}

async function publishAll(
  tx: Tx,
  publish: ApplyDeps['publish'],
  { tenant, id, environment }: SessionRow,
  { status, workflow }: SessionState,
  effects: readonly Effect[],
): Promise<void> {
  for (const effect of effects) {
    if (effect.type !== 'publish') continue;
    await publish(tx, tenant, { event: effect.event, session: id, environment, status, workflow });
  }
}

/**
 * Late or told twice, a result is kept all the same: the next session of the same person may need it. Of a person who
 * was erased meanwhile nothing is written down any more. Answers whether rows for objects were written.
 */
export async function recordTask(
  tx: Tx,
  { tenant, erasedAt }: Pick<SessionRow, 'tenant' | 'erasedAt'>,
  event: SessionEvent,
  { key, artifacts }: TaskRecord,
): Promise<boolean> {
  if (erasedAt || event.type !== 'task_finished') return false;
  await createArtifactRepository(tx).insert(tenant, artifacts);
  if (key !== undefined) await createTaskRunRepository(tx).finish(tenant, key, event.result);
  return artifacts.length > 0;
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
