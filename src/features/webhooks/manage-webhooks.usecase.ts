import { AppError } from '../../core/errors.ts';
import { isId, newId } from '../../core/ids.ts';
import type { SecretBox } from '../../core/secret-box.ts';
import type { Db, Tx } from '../../platform/db/schema.ts';
import { withTenant } from '../../platform/db/transaction.ts';
import type { AddressPolicy } from '../../platform/outgoing/address-policy.ts';
import { refuseUrl } from '../../platform/outgoing/outgoing-url.ts';
import type { AuditLog } from '../audit/index.ts';
import { newSigningSecret } from './signing.ts';
import {
  createWebhookRepository,
  createWebhookSecretRepository,
  type Place,
} from './webhook.repository.ts';
import {
  MAX_WEBHOOKS,
  secretContext,
  type Webhook,
  type WebhookId,
  type WebhookSettings,
} from './webhook.ts';

export interface WebhookStores {
  readonly db: Db;
  readonly box: SecretBox;
  readonly policy: AddressPolicy;
  readonly audit: AuditLog;
}

/** Who asks and where: a key's principal, or the operator. */
export interface Caller extends Place {
  /** For the audit trail. */
  readonly actor: string;
}

export interface WebhookWithSecret {
  readonly webhook: Webhook;
  /** `whsec_…`; shown here only. */
  readonly secret: string;
}

/**
 * @param id of a request that may be repeated after a crash; then there is one webhook, with a new secret
 * @throws AppError webhook_url_refused | webhook_limit_reached
 */
export async function createWebhook(
  stores: WebhookStores,
  caller: Caller,
  settings: WebhookSettings,
  id: WebhookId = newId('webhook'),
): Promise<WebhookWithSecret> {
  requireAllowed(stores.policy, settings.url);
  return withTenant(stores.db, caller.tenant, async (tx) => {
    const webhooks = createWebhookRepository(tx);
    await webhooks.insert(caller, id, settings);
    if ((await webhooks.list(caller)).length > MAX_WEBHOOKS) {
      throw new AppError('webhook_limit_reached', `At most ${MAX_WEBHOOKS} in one environment`);
    }
    const secret = await addSecret(tx, stores.box, caller, id, new Date());
    await record(tx, stores, caller, 'webhook.created', id);
    return { webhook: await requireWebhook(tx, caller, id), secret };
  });
}

export function listWebhooks(
  { db }: Pick<WebhookStores, 'db'>,
  place: Place,
  page: { after?: WebhookId | undefined; limit?: number } = {},
): Promise<Webhook[]> {
  return withTenant(db, place.tenant, (tx) =>
    createWebhookRepository(tx).list(place, page.after, page.limit),
  );
}

/** @throws AppError webhook_not_found */
export function findWebhook(
  { db }: Pick<WebhookStores, 'db'>,
  place: Place,
  id: string,
): Promise<Webhook> {
  return withTenant(db, place.tenant, (tx) => requireWebhook(tx, place, id));
}

/** Changes what is given. @throws AppError webhook_not_found | webhook_url_refused */
export async function changeWebhook(
  stores: WebhookStores,
  caller: Caller,
  id: string,
  change: { [Key in keyof WebhookSettings]?: WebhookSettings[Key] | undefined },
): Promise<Webhook> {
  if (change.url !== undefined) requireAllowed(stores.policy, change.url);
  return withTenant(stores.db, caller.tenant, async (tx) => {
    const before = await requireWebhook(tx, caller, id);
    const settings = {
      url: change.url ?? before.url,
      events: change.events ?? [...before.filters],
      description: change.description ?? before.description,
      enabled: change.enabled ?? before.enabled,
    };
    await createWebhookRepository(tx).update(caller, before.id, settings);
    await record(tx, stores, caller, 'webhook.changed', before.id);
    return requireWebhook(tx, caller, before.id);
  });
}

/** With its deliveries and their log. @throws AppError webhook_not_found */
export function removeWebhook(stores: WebhookStores, caller: Caller, id: string): Promise<void> {
  return withTenant(stores.db, caller.tenant, async (tx) => {
    const { id: known } = await requireWebhook(tx, caller, id);
    await createWebhookRepository(tx).remove(caller, known);
    await record(tx, stores, caller, 'webhook.deleted', known);
  });
}

/**
 * A new secret; messages carry a signature of the one before too until `overlapMs` is over.
 * @throws AppError webhook_not_found
 */
export function rotateSecret(
  stores: WebhookStores,
  caller: Caller,
  id: string,
  { overlapMs, now = new Date() }: { overlapMs: number; now?: Date },
): Promise<WebhookWithSecret> {
  return withTenant(stores.db, caller.tenant, async (tx) => {
    const webhook = await requireWebhook(tx, caller, id);
    const othersEndAt = new Date(now.getTime() + overlapMs);
    const secret = await addSecret(tx, stores.box, caller, webhook.id, othersEndAt);
    await record(tx, stores, caller, 'webhook.secret_rotated', webhook.id);
    return { webhook, secret };
  });
}

/** Misspelt, unknown and foreign ids are answered alike. */
export async function requireWebhook(tx: Tx, place: Place, id: string): Promise<Webhook> {
  const found = isId('webhook', id) && (await createWebhookRepository(tx).find(place, id));
  if (!found) throw new AppError('webhook_not_found');
  return found;
}

function requireAllowed(policy: AddressPolicy, url: string): void {
  const refusal = refuseUrl(url, policy);
  if (refusal !== undefined) throw new AppError('webhook_url_refused', `\`url\` ${refusal}`);
}

async function addSecret(
  tx: Tx,
  box: SecretBox,
  { tenant }: Place,
  id: WebhookId,
  othersEndAt: Date,
): Promise<string> {
  const secret = newSigningSecret();
  const sealed = box.seal(Buffer.from(secret), secretContext(id));
  await createWebhookSecretRepository(tx).add(tenant, id, sealed, othersEndAt);
  return secret;
}

async function record(
  tx: Tx,
  { audit }: Pick<WebhookStores, 'audit'>,
  { tenant, actor, environment }: Caller,
  action: string,
  target: WebhookId,
): Promise<void> {
  await audit.append(tx, tenant, { actor, action, target, details: { environment } });
}
