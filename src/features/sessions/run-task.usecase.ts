import { createHmac } from 'node:crypto';
import {
  type EvidenceId,
  type Id,
  newId,
  type SessionId,
  type SubjectId,
  type TenantId,
} from '../../core/ids.ts';
import type { ModelRole } from '../../core/model.ts';
import type { ObjectId, ObjectStore } from '../../core/objects.ts';
import type { TaskRunner } from '../../core/task.ts';
import type { Db, Tx } from '../../platform/db/schema.ts';
import { withTenant } from '../../platform/db/transaction.ts';
import type { Stream, TaskResult } from '../checks/index.ts';
import { type ArtifactKind, retentionOf } from '../workflows/index.ts';
import { loadPlan } from './apply-event.usecase.ts';
import {
  type Artifact,
  createArtifactRepository,
  type NewArtifact,
} from './artifact.repository.ts';
import { type AnsweredChallenge, findAnsweredChallenge } from './challenge.repository.ts';
import { createEvidenceRepository, type Evidence } from './evidence.repository.ts';
import type { ExpectedData } from './personal-data.ts';
import { createSessionRepository, type SessionRow } from './session.repository.ts';
import type { TaskMessage, TaskRecord } from './session-message.ts';
import type { SessionTask, SessionTaskInput, SessionTaskOutput } from './session-task.ts';
import { inconclusiveResult, judgeFailure } from './task-failure.ts';
import { createTaskRunRepository } from './task-run.repository.ts';

export interface RunTaskDeps {
  readonly db: Db;
  readonly objects: ObjectStore;
  readonly vision: TaskRunner;
  readonly tasks: readonly SessionTask[];
  /** SHA-256 of the installed models of these roles. */
  modelDigests(roles: readonly ModelRole[]): readonly string[];
  /** Key of the digests under which results are kept; another for each tenant. */
  resultKey(tenant: TenantId): Uint8Array;
  expected(row: SessionRow): Promise<ExpectedData | undefined>;
}

const mostAttempts = 3;

export interface TaskOutcome {
  readonly result: TaskResult;
  /** None when everything is in the database already. */
  readonly record?: TaskRecord;
}

/**
 * Runs a task once, or returns the result that it had on the same inputs. The attempt is counted before
 * anything is decoded: an input that ends its process three times ends as `inconclusive`. What came of it is kept
 * by the session, in the transaction that takes the result: `recordTask`.
 * @throws AppError when this machine cannot do it now: nothing was decided, try again later
 */
export async function runTask(deps: RunTaskDeps, message: TaskMessage): Promise<TaskOutcome> {
  const task = deps.tasks.find(({ name }) => name === message.task);
  if (!task) return { result: inconclusiveResult('TASK_NOT_AVAILABLE') };
  if (task.isLight) return runLight(deps, task, message);
  const prepared = await prepare(deps, task, message);
  if (!prepared) return { result: inconclusiveResult('EVIDENCE_ERASED') };
  const { inputs, run } = prepared;
  const { tenant } = inputs.row;
  let { attempts, result } = prepared.begun;
  for (let reason = 'TASK_CRASHED'; ; ) {
    if (result) return { result };
    if (attempts > mostAttempts) return toOutcome(run, inconclusiveResult(reason));
    const outcome = await attempt(deps, task, inputs, run);
    if (typeof outcome !== 'string') return outcome;
    reason = outcome;
    ({ attempts, result } = await withTenant(deps.db, tenant, (tx) =>
      createTaskRunRepository(tx).begin(tenant, run),
    ));
  }
}

async function runLight(
  deps: RunTaskDeps,
  task: SessionTask,
  message: TaskMessage,
): Promise<TaskOutcome> {
  const tenant = message.tenant as TenantId;
  const inputs = await withTenant(deps.db, tenant, (tx) => loadInputs(tx, tenant, task, message));
  if (!inputs) return { result: inconclusiveResult('EVIDENCE_ERASED') };
  try {
    const output = await task.run(deps.vision, toInput(deps, inputs, task));
    return await keepOutput(deps, inputs, { task: task.name }, output);
  } catch (error) {
    const failure = judgeFailure(error);
    if (failure.kind === 'wait') throw error;
    const result = failure.kind === 'strike' ? inconclusiveResult(failure.reason) : failure.result;
    return { result };
  }
}

/** Inputs and the first attempt in one transaction; undefined when the inputs are gone. */
function prepare(deps: RunTaskDeps, task: SessionTask, message: TaskMessage) {
  const tenant = message.tenant as TenantId;
  return withTenant(deps.db, tenant, async (tx) => {
    const inputs = await loadInputs(tx, tenant, task, message);
    if (!inputs) return undefined;
    const { subject } = inputs.row;
    const run: Run = { key: resultKeyOf(deps, task, inputs), subject, task: task.name };
    return { inputs, run, begun: await createTaskRunRepository(tx).begin(tenant, run) };
  });
}

/** What came of it, or the reason that counts if all attempts fail. */
async function attempt(
  deps: RunTaskDeps,
  task: SessionTask,
  inputs: Inputs,
  run: Run,
): Promise<TaskOutcome | string> {
  try {
    const output = await task.run(deps.vision, toInput(deps, inputs, task));
    return await keepOutput(deps, inputs, run, output);
  } catch (error) {
    const failure = judgeFailure(error);
    if (failure.kind === 'strike') return failure.reason;
    if (failure.kind === 'answer') return toOutcome(run, failure.result);
    const { tenant } = inputs.row;
    await withTenant(deps.db, tenant, (tx) => createTaskRunRepository(tx).uncount(tenant, run.key));
    if (failure.kind === 'excuse') return { result: failure.result };
    throw error;
  }
}

interface Inputs {
  readonly row: SessionRow;
  readonly evidence: readonly Evidence[];
  readonly artifacts: readonly Artifact[];
  readonly message: TaskMessage;
  readonly challenge: AnsweredChallenge | undefined;
  keeps(kind: ArtifactKind): boolean;
}

async function loadInputs(
  tx: Tx,
  tenant: TenantId,
  task: SessionTask,
  message: TaskMessage,
): Promise<Inputs | undefined> {
  const row = await createSessionRepository(tx).find(tenant, message.session);
  if (!row || row.erasedAt) return undefined;
  const evidenceIds = Object.values(message.basis);
  const evidence = await createEvidenceRepository(tx).find(tenant, evidenceIds);
  if (evidence.length < evidenceIds.length || evidence.some((e) => e.deletedAt)) return undefined;
  const artifactIds = Object.values(message.artifacts).flatMap((kinds) => Object.values(kinds));
  const artifacts = await createArtifactRepository(tx).find(tenant, artifactIds);
  const challenge = task.readsChallenge
    ? await findAnsweredChallenge(tx, tenant, evidenceIds as EvidenceId[])
    : undefined;
  const { graph } = await loadPlan(tx, row);
  const keeps = (kind: ArtifactKind) => retentionOf(graph, kind).keep;
  return { row, evidence, artifacts, message, challenge, keeps };
}

/**
 * Results are reused for the same person only: they die with the person's key, and nobody learns whether
 * another has sent the same picture.
 */
function resultKeyOf(
  deps: RunTaskDeps,
  task: SessionTask,
  { row, evidence, artifacts, challenge }: Inputs,
) {
  const inputs = [
    todayOf(evidence),
    ...evidence.map(({ stream, sha256 }) => `${stream}=${sha256}`),
    ...artifacts.map(({ task: maker, kind, sha256 }) => `${maker}.${kind}=${sha256}`),
    ...(task.readsChallenge ? [`challenge=${challenge?.script.id ?? ''}`] : []),
  ].sort();
  const text = JSON.stringify([
    task.name,
    task.version,
    row.subject,
    task.readsExpected ? row.id : '',
    inputs,
    deps.modelDigests(task.roles),
  ]);
  return createHmac('sha256', deps.resultKey(row.tenant)).update(text).digest('hex');
}

function toInput(deps: RunTaskDeps, inputs: Inputs, task: SessionTask): SessionTaskInput {
  const { row, evidence, artifacts, message, challenge, keeps } = inputs;
  const read = (id: ObjectId) => readObject(deps.objects, row.tenant, id);
  return {
    captures: Object.fromEntries(
      evidence.map(({ stream, contentType, object }) => [
        stream satisfies Stream,
        { contentType, read: () => read(object) },
      ]),
    ),
    artifact: async (maker, kind) => {
      const id = message.artifacts[maker]?.[kind];
      const found = artifacts.find((artifact) => artifact.id === id);
      return found && !found.deletedAt ? read(found.object) : undefined;
    },
    expected: async () => (task.readsExpected ? deps.expected(row) : undefined),
    challenge,
    today: todayOf(evidence),
    keeps,
  };
}

/** The day of the newest capture, so that a computation repeated later says the same. */
function todayOf(evidence: readonly Evidence[]): string {
  const newest = Math.max(0, ...evidence.map(({ receivedAt }) => receivedAt.getTime()));
  return new Date(newest).toISOString().slice(0, 10);
}

async function readObject(
  objects: ObjectStore,
  tenant: TenantId,
  id: ObjectId,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of objects.get(tenant, id)) chunks.push(chunk);
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

interface Run {
  readonly key: string;
  readonly subject: SubjectId;
  readonly task: string;
}

/** A light task has no key: its result is not kept, only what it made. */
type RunOrLight = Run | Pick<Run, 'task'>;

/** Objects first; their rows come with the result: a crash in between leaves orphans, never gaps. */
async function keepOutput(
  deps: RunTaskDeps,
  { row }: Inputs,
  run: RunOrLight,
  { artifacts, ...rest }: SessionTaskOutput,
): Promise<TaskOutcome> {
  const made: NewArtifact[] = [];
  for (const { kind, contentType, bytes } of artifacts) {
    const owner = { tenant: row.tenant, subject: row.subject, kind: kind.replaceAll('_', '-') };
    const stored = await deps.objects.put(bytes, owner);
    made.push({
      id: newId('artifact'),
      session: row.id as SessionId,
      kind,
      task: run.task,
      object: stored.id,
      sha256: stored.sha256,
      contentType,
      size: stored.size,
    });
  }
  const ids: Record<string, Id<'artifact'>> = Object.fromEntries(
    made.map(({ kind, id }) => [kind, id]),
  );
  return toOutcome(run, { ...rest, artifacts: ids }, made);
}

function toOutcome(
  run: RunOrLight,
  result: TaskResult,
  artifacts: readonly NewArtifact[] = [],
): TaskOutcome {
  return { result, record: { ...('key' in run && { key: run.key }), artifacts } };
}
