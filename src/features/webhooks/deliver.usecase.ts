import { randomUUID } from 'node:crypto';
import type { SecretBox } from '../../core/secret-box.ts';
import type { Db, Tx } from '../../platform/db/schema.ts';
import { withSystem } from '../../platform/db/transaction.ts';
import type { OutgoingAnswer, SendOutgoing } from '../../platform/outgoing/send-outgoing.ts';
import { createAttemptRepository } from './delivery.repository.ts';
import {
  createDeliveryQueueRepository,
  type DueDelivery,
  lockDeliveryKey,
} from './delivery-queue.repository.ts';
import { toExcerpt } from './excerpt.ts';
import { nextAttemptAt } from './schedule.ts';
import { signatureHeaders } from './signing.ts';
import { createWebhookSecretRepository } from './webhook.repository.ts';
import { bodyContext, secretContext, type WebhookId } from './webhook.ts';

export interface DeliveryDeps {
  readonly db: Db;
  readonly box: SecretBox;
  readonly send: SendOutgoing;
  readonly now: () => Date;
  /** Uniform in [0, 1). */
  readonly chance: () => number;
}

/** Longer than an attempt (10 s) and its bookkeeping; after a crash others go on when it has passed. */
const LEASE_MS = 30_000;

export interface TakeLimits {
  readonly limit: number;
  readonly limitPerWebhook: number;
  readonly except: readonly WebhookId[];
}

export function takeDue({ db, now }: DeliveryDeps, limits: TakeLimits): Promise<DueDelivery[]> {
  const options = { ...limits, now: now(), leaseMs: LEASE_MS, lease: randomUUID() };
  return withSystem(db, (tx) => createDeliveryQueueRepository(tx).take(options));
}

/** Takes what is due, sends all of it at once and records the outcomes. Answers how many attempts were made. */
export async function deliverDue(deps: DeliveryDeps, limit = 16): Promise<number> {
  const due = await takeDue(deps, { limit, limitPerWebhook: limit, except: [] });
  await Promise.all(due.map((delivery) => attempt(deps, delivery)));
  return due.length;
}

/** One attempt: sign, send, record. No transaction is open while it is sent. */
export async function attempt(deps: DeliveryDeps, due: DueDelivery): Promise<void> {
  const at = deps.now();
  const answer = await sign(deps, due, at).then(deps.send);
  await withSystem(deps.db, (tx) => recordOutcome(tx, deps, due, at, answer));
}

async function sign({ db, box }: DeliveryDeps, due: DueDelivery, at: Date) {
  const { tenant, webhook, event: id } = due;
  const sealed = await withSystem(db, (tx) =>
    createWebhookSecretRepository(tx).valid(tenant, webhook, at),
  );
  const open = (bytes: Uint8Array, context: string) =>
    Buffer.from(box.open(bytes, context)).toString();
  const secrets = sealed.map((bytes) => open(bytes, secretContext(webhook)));
  const body = open(due.bodySealed, bodyContext(id));
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Bonafide-Webhooks/1',
    ...signatureHeaders({ id, at, body }, secrets),
  };
  return { url: due.url, headers, body };
}

async function recordOutcome(
  tx: Tx,
  { now, chance }: DeliveryDeps,
  due: DueDelivery,
  at: Date,
  answer: OutgoingAnswer,
): Promise<void> {
  await lockDeliveryKey(tx, due.tenant, due.key);
  const queue = createDeliveryQueueRepository(tx);
  const attempts = due.attempts + 1;
  const isDelivered = answer.kind === 'answered' && answer.status >= 200 && answer.status < 300;
  const retryAt = isDelivered ? undefined : nextAttemptAt(attempts, now(), chance());
  const isOurs = retryAt
    ? await queue.retryAt(due, retryAt)
    : await queue.end(due, isDelivered ? 'delivered' : 'dead', now());
  // Its lease was lost, or the endpoint was deleted: whoever has it now keeps the log.
  if (!isOurs) return;
  await createAttemptRepository(tx).insert(due.tenant, due.number, {
    ...{ attempt: attempts, at, latencyMs: answer.latencyMs },
    status: answer.kind === 'answered' ? answer.status : undefined,
    failure: answer.kind === 'failed' ? answer.reason : undefined,
    excerpt: answer.kind === 'answered' && !isDelivered ? toExcerpt(answer.body) : '',
  });
}
