import type { Kysely, Transaction } from 'kysely';
import type { AuditTables } from './tables/audit.ts';
import type { IdempotencyTables } from './tables/idempotency.ts';
import type { OutboxTables } from './tables/outbox.ts';
import type { TenantTables } from './tables/tenants.ts';

/** Every table. A feature adds `tables/<feature>.ts`, one line here, and its migration. */
export interface Schema extends TenantTables, AuditTables, IdempotencyTables, OutboxTables {}

/** The pool. Rows are reached through `withTenant` or `withSystem`, which hand out a `Tx`. */
export type Db = Kysely<Schema>;
export type Tx = Transaction<Schema>;
