import { AppError } from '../../core/errors.ts';
import type { Id, SessionId } from '../../core/ids.ts';
import type { Principal } from '../../core/principal.ts';
import type { Db, Tx } from '../../platform/db/schema.ts';
import { withTenant } from '../../platform/db/transaction.ts';
import type { Stream } from '../checks/index.ts';
import { tell } from './open-session.usecase.ts';
import type { PersonalBox } from './personal-box.usecase.ts';
import {
  createSessionRepository,
  createSessionStateRepository,
  type SessionRow,
} from './session.repository.ts';
import { createSessionOrderRepository } from './session-order.repository.ts';

export interface OrderDeps {
  readonly db: Db;
  readonly personal: PersonalBox;
}

/** Whose sessions are meant. */
export type Owner = Pick<Principal, 'tenant' | 'environment'>;

interface Order {
  readonly id: Id<'order'>;
  /** Key or member who orders it. */
  readonly by: string;
  readonly comment?: string | undefined;
}

export interface RulingOrder extends Order {
  readonly ruling: 'approved' | 'declined';
  readonly reasons: readonly string[];
}

/**
 * What a human made of it. The row says who and why; the actor carries it out.
 * @throws AppError session_not_found | session_erased | session_closed
 */
export async function orderRuling(
  deps: OrderDeps,
  owner: Owner,
  session: string,
  order: RulingOrder,
  now: Date,
): Promise<SessionRow> {
  return place(deps, owner, session, order, async (tx, row) => {
    if (!['in_review', 'resubmission_requested'].includes(row.state.status)) {
      throw new AppError('session_closed', `A ruling needs review; it is \`${row.state.status}\``);
    }
    const { ruling, reasons, id, by } = order;
    const at = now.getTime();
    await tell(tx, owner.tenant, row.id, { type: 'ruled', at, ruling: { id, ruling, by, at } });
    return { kind: 'ruling', body: { ruling, reasons: [...reasons] } };
  });
}

export interface ResubmissionOrder extends Order {
  readonly streams: readonly Stream[];
  readonly reasons: readonly string[];
}

/** Asks for chosen captures again. @throws AppError as `orderRuling` | validation_failed */
export async function orderResubmission(
  deps: OrderDeps,
  owner: Owner,
  session: string,
  order: ResubmissionOrder,
  now: Date,
): Promise<SessionRow> {
  return place(deps, owner, session, order, async (tx, row) => {
    if (row.state.status !== 'in_review') {
      throw new AppError(
        'session_closed',
        `Resubmission needs review; it is \`${row.state.status}\``,
      );
    }
    const { id, streams, reasons } = order;
    const missing = streams.findIndex((stream) => !row.state.streams[stream]);
    if (missing >= 0) {
      const errors = [{ pointer: `/streams/${missing}`, detail: 'was never captured' }];
      throw new AppError('validation_failed', undefined, { errors });
    }
    const at = now.getTime();
    await tell(tx, owner.tenant, row.id, {
      type: 'resubmission_requested',
      id,
      streams,
      reasons,
      at,
    });
    return { kind: 'resubmission', body: { streams: [...streams], reasons: [...reasons] } };
  });
}

async function place(
  { db, personal }: OrderDeps,
  owner: Owner,
  session: string,
  order: Order,
  decide: (
    tx: Tx,
    row: SessionRow,
  ) => Promise<{ kind: 'ruling' | 'resubmission'; body: Record<string, unknown> }>,
): Promise<SessionRow> {
  const { tenant } = owner;
  const row = await requireSession(db, owner, session);
  const comment =
    order.comment === undefined
      ? null
      : await personal.sealText(row.subject, `session-order:${order.id}`, order.comment);
  return withTenant(db, tenant, async (tx) => {
    const locked = await createSessionStateRepository(tx).lock(tenant, row.id);
    if (!locked) throw new AppError('session_not_found');
    const orders = createSessionOrderRepository(tx);
    // Repeated after a crash: the order stands, its message was sent with it.
    if (await orders.exists(tenant, order.id)) return locked;
    const { kind, body } = await decide(tx, locked);
    await orders.insert(tenant, {
      id: order.id,
      session: row.id,
      kind,
      body,
      comment,
      by: order.by,
    });
    return locked;
  });
}

/**
 * A session of another tenant, or of the other environment, does not exist.
 * @throws AppError session_not_found | session_erased
 */
export async function requireSession(db: Db, owner: Owner, id: string): Promise<SessionRow> {
  const row = await withTenant(db, owner.tenant, (tx) =>
    createSessionRepository(tx).find(owner.tenant, id as SessionId),
  );
  if (row?.environment !== owner.environment) throw new AppError('session_not_found');
  if (row.erasedAt) throw new AppError('session_erased');
  return row;
}
