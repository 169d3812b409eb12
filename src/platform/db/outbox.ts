import { sql } from 'kysely';
import type { TenantId } from '../../core/ids.ts';
import type { Db, Tx } from './schema.ts';
import { withSystem } from './transaction.ts';

export interface OutboxMessage {
  readonly id: number;
  readonly tenant: TenantId;
  readonly topic: string;
  readonly key: string;
  /** Ids, codes and times; never personal data. */
  readonly payload: Record<string, unknown>;
  /** This one included. */
  readonly attempts: number;
}

export interface NewOutboxMessage {
  readonly tenant: TenantId;
  readonly topic: string;
  /** Messages of one topic and key are delivered in the order of their commits, each after the one before is done. */
  readonly key: string;
  readonly payload: Record<string, unknown>;
}

/** Adds a message that exists if and only if the transaction commits. */
export async function enqueue(tx: Tx, message: NewOutboxMessage): Promise<void> {
  // Numbers are given before commit. Waiting for others with the same key makes their order that of the commits.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${message.topic}:${message.key}`}, 0))`.execute(
    tx,
  );
  await tx
    .insertInto('outbox')
    .values({
      tenant_id: message.tenant,
      topic: message.topic,
      key: message.key,
      payload: message.payload,
    })
    .execute();
}

export interface TakeOptions {
  readonly limit: number;
  /** Others may take the message again after this time; longer than any delivery takes. */
  readonly leaseMs: number;
}

/**
 * Takes the oldest message of each key that is due. At least once: a taker that dies leaves its messages to the
 * next one when the lease ends. Deliver after this transaction, then call `finishOutbox` or `retryOutboxLater`, or
 * hand what was delivered to the next call: then one transaction does both, and what waited behind it is taken too.
 */
export function takeOutbox(
  db: Db,
  topics: readonly string[],
  { limit, leaseMs }: TakeOptions,
  delivered: readonly OutboxMessage[] = [],
): Promise<OutboxMessage[]> {
  return withSystem(db, async (tx) => {
    await remove(tx, delivered);
    const { rows } = await sql<OutboxMessage>`
      update outbox set attempts = attempts + 1, available_at = now() + ${leaseMs} * interval '1 millisecond'
      where id in (
        select id from outbox due
        where topic = any(${topics}) and available_at <= now()
          and not exists (
            select from outbox earlier
            where earlier.topic = due.topic and earlier.key = due.key and earlier.id < due.id)
        order by id limit ${limit}
        for update skip locked)
      returning id, tenant_id as tenant, topic, key, payload, attempts`.execute(tx);
    return rows.sort((a, b) => a.id - b.id);
  });
}

/**
 * Removes delivered messages in one transaction. Answers how many: one whose lease was lost meanwhile stays, and
 * somebody else delivers it once more.
 */
export function finishOutbox(db: Db, messages: readonly OutboxMessage[]): Promise<number> {
  return withSystem(db, (tx) => remove(tx, messages));
}

async function remove(tx: Tx, messages: readonly OutboxMessage[]): Promise<number> {
  if (messages.length === 0) return 0;
  const { numDeletedRows } = await tx
    .deleteFrom('outbox')
    .where((eb) =>
      eb.or(
        messages.map(({ id, attempts }) =>
          eb.and([eb('id', '=', id), eb('attempts', '=', attempts)]),
        ),
      ),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

/** Gives a message back; it and all later ones of its key wait until then. */
export function retryOutboxLater(
  db: Db,
  { id, attempts }: OutboxMessage,
  afterMs: number,
): Promise<void> {
  return withSystem(db, async (tx) => {
    await tx
      .updateTable('outbox')
      .set({ available_at: sql`now() + ${afterMs} * interval '1 millisecond'` })
      .where('id', '=', id)
      .where('attempts', '=', attempts)
      .execute();
  });
}
