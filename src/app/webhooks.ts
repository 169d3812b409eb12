import type { FastifyBaseLogger } from 'fastify';
import { newId, type TenantId } from '../core/ids.ts';
import type { AuditLog } from '../features/audit/index.ts';
import type { ApplyDeps } from '../features/sessions/index.ts';
import {
  pruneEvents,
  publishEvent,
  startDelivery,
  toSigningSecret,
  type WebhookRoutesOptions,
} from '../features/webhooks/index.ts';
import type { Db } from '../platform/db/schema.ts';
import type { Keys } from '../platform/keys/keys.ts';
import { createAddressPolicy } from '../platform/outgoing/address-policy.ts';
import { createOutgoing } from '../platform/outgoing/send-outgoing.ts';
import { ConfigError } from './config.ts';

export interface WebhooksOptions {
  readonly db: Db;
  readonly keys: Keys;
  readonly audit: AuditLog;
  /** CIDR ranges of `WEBHOOK_ALLOW_PRIVATE`. */
  readonly allowPrivate: readonly string[];
  readonly log: FastifyBaseLogger;
}

export interface Webhooks extends WebhookRoutesOptions {
  /** Port of the sessions: in the transaction of what has happened. */
  readonly publish: ApplyDeps['publish'];
  nodeSecret(tenant: TenantId): string;
  /** Begins to deliver; without it (a copy without the `delivery` role) events only wait for others. */
  deliver(): WebhookDelivery;
}

export interface WebhookDelivery {
  close(): Promise<void>;
}

const retentionMs = 30 * 86_400_000;
const pruneEveryMs = 3_600_000;

/** @throws ConfigError when WEBHOOK_ALLOW_PRIVATE holds what is no range */
export function createWebhooks({ db, keys, audit, allowPrivate, log }: WebhooksOptions): Webhooks {
  const policy = toPolicy(allowPrivate);
  const { box } = keys;
  let wake = () => {};
  return {
    ...{ db, box, policy, audit },
    wake: () => wake(),
    nodeSecret: (tenant) => nodeSecret(keys, tenant),

    async publish(tx, tenant, { event, session, environment, status, workflow }) {
      const data = { session_id: session, status, workflow };
      const id = newId('event');
      const at = new Date();
      await publishEvent(tx, box, tenant, { id, environment, type: event, key: session, data, at });
      // The transaction is not yet committed: a little later it is, and otherwise the next look finds it.
      setTimeout(() => wake(), 20).unref();
    },

    deliver() {
      const send = createOutgoing({ policy });
      const onError = (err: unknown) => log.error({ err }, 'webhook delivery failed on our side');
      const deps = { db, box, send, now: () => new Date(), chance: Math.random };
      const loop = startDelivery(deps, { onError });
      wake = loop.wake;
      const prune = () => pruneEvents(db, new Date(Date.now() - retentionMs)).catch(onError);
      const timer = setInterval(prune, pruneEveryMs);
      timer.unref();
      return {
        async close() {
          clearInterval(timer);
          wake = () => {};
          await loop.stop();
        },
      };
    },
  };
}

/** Signs what webhook nodes of this tenant's workflows ask; derived, so that every process and function knows it. */
export function nodeSecret(keys: Keys, tenant: TenantId): string {
  return toSigningSecret(keys.tenantKey(tenant, 'workflow-webhooks'));
}

function toPolicy(allowPrivate: readonly string[]) {
  try {
    return createAddressPolicy(allowPrivate);
  } catch (error) {
    throw new ConfigError(`WEBHOOK_ALLOW_PRIVATE: ${(error as RangeError).message}`);
  }
}
