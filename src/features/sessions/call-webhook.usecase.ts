import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantId } from '../../core/ids.ts';
import type { Db } from '../../platform/db/schema.ts';
import { withTenant } from '../../platform/db/transaction.ts';
import type { OutgoingAnswer, OutgoingRequest } from '../../platform/outgoing/send-outgoing.ts';
import { signatureHeaders } from '../webhooks/index.ts';
import type { WebhookAnswer } from '../workflows/index.ts';
import { loadPlan } from './apply-event.usecase.ts';
import { createSessionRepository } from './session.repository.ts';
import type { WebhookMessage } from './session-message.ts';
import { toDecisionJson } from './session-view.ts';
import { failed, readAnswer } from './webhook-answer.ts';

export interface CallWebhookDeps {
  readonly db: Db;
  /** Keeps off private networks, follows no redirect. Never throws for what the other side does. */
  send(request: OutgoingRequest, timeoutMs: number): Promise<OutgoingAnswer>;
  /** `whsec_…`, with which calls of this tenant's webhook nodes are signed. */
  secretOf(tenant: TenantId): string;
  readonly pauseMs?: number;
}

const attempts = 3;

/**
 * Asks the other system of a webhook node: ids, statuses, scores and reason codes go out, never personal data.
 * Signed as Standard Webhooks. Three attempts; silence is an answer too (`failed`), which a workflow can branch on.
 */
export async function callWebhook(
  { db, send, secretOf, pauseMs = 1_000 }: CallWebhookDeps,
  message: WebhookMessage,
): Promise<WebhookAnswer> {
  const call = await prepare(db, message);
  if (!call) return failed;
  const { node, id, body } = call;
  const secret = secretOf(message.tenant as TenantId);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    if (attempt > 1) await sleep(pauseMs * (attempt - 1));
    const headers = {
      'content-type': 'application/json',
      'idempotency-key': id,
      ...signatureHeaders({ id, at: new Date(), body }, [secret]),
    };
    const answer = await send({ url: node.url, headers, body }, node.timeout_s * 1_000);
    if (answer.kind === 'answered' && answer.status < 500) {
      return readAnswer(node, answer.status, answer.body.toString('utf8'));
    }
    if (answer.kind === 'failed' && /_refused$/.test(answer.reason)) return failed;
  }
  return failed;
}

async function prepare(db: Db, message: WebhookMessage) {
  const tenant = message.tenant as TenantId;
  return withTenant(db, tenant, async (tx) => {
    const row = await createSessionRepository(tx).find(tenant, message.session);
    if (!row || row.erasedAt) return undefined;
    const plan = await loadPlan(tx, row);
    const node = plan.graph.nodes[message.node];
    if (node?.type !== 'webhook') return undefined;
    const { checks } = toDecisionJson(plan, row.state, []);
    const body = JSON.stringify({
      session_id: row.id,
      environment: row.environment,
      workflow: row.state.workflow,
      node: message.node,
      checks: checks.map(({ node: id, check, status, score, reasons }) => ({
        node: id,
        check,
        status,
        score,
        reasons: reasons.map(({ code }) => code),
      })),
    });
    // The same however often this question is asked.
    return { node, id: `${row.id}/${message.node}/${message.round}`, body };
  });
}
