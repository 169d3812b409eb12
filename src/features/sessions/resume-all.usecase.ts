import type { SessionId, TenantId } from '../../core/ids.ts';
import type { Db } from '../../platform/db/schema.ts';
import { withSystem } from '../../platform/db/transaction.ts';
import type { Invocation } from '../../platform/engine/engine-client.ts';
import type { MessageSeal } from '../../platform/engine/message-seal.ts';
import { finalStatuses } from './session.ts';
import { type ResumeMessage, sessionObject, sessionReceiver } from './session-message.ts';

export interface ResumeAllDeps {
  readonly db: Db;
  readonly seal: MessageSeal;
  send(invocation: Invocation): Promise<void>;
}

const page = 500;
const atOnce = 16;

/**
 * Tells every open session to set off again what should be under way: for an engine that was replaced or has
 * lost its data. Everything that an engine knows can be rebuilt from the database.
 * @returns how many sessions
 */
export async function resumeAll({ db, seal, send }: ResumeAllDeps, now: Date): Promise<number> {
  let count = 0;
  for (let after = ''; ; ) {
    const rows = await withSystem(db, (tx) => listOpen(tx, after));
    const left = [...rows];
    const sendOneByOne = async () => {
      for (let row = left.pop(); row; row = left.pop()) {
        const message: ResumeMessage = { tenant: row.tenant, at: now.getTime() };
        const payload = seal.seal(sessionReceiver(row.id), message);
        const { service, resume: handler } = sessionObject;
        await send({ service, key: row.id, handler, payload });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, sendOneByOne));
    count += rows.length;
    after = rows.at(-1)?.id ?? '';
    if (rows.length < page) return count;
  }
}

type OpenRow = { readonly id: SessionId; readonly tenant: TenantId };

async function listOpen(
  tx: Parameters<Parameters<typeof withSystem>[1]>[0],
  after: string,
): Promise<OpenRow[]> {
  return tx
    .selectFrom('session')
    .select(['id', 'tenant_id as tenant'])
    .where('status', 'not in', [...finalStatuses])
    .where('erased_at', 'is', null)
    .where('id', '>', after as SessionId)
    .orderBy('id')
    .limit(page)
    .execute();
}
