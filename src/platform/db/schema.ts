import type { Kysely, Transaction } from 'kysely';
import type { AuditTables } from './tables/audit.ts';
import type { FaceLivenessTables } from './tables/face-liveness.ts';
import type { IdempotencyTables } from './tables/idempotency.ts';
import type { LivenessTables } from './tables/liveness.ts';
import type { NamedObjectTables } from './tables/named-objects.ts';
import type { OutboxTables } from './tables/outbox.ts';
import type { SessionTables } from './tables/sessions.ts';
import type { TenantTables } from './tables/tenants.ts';
import type { UploadTables } from './tables/uploads.ts';
import type { WebhookTables } from './tables/webhooks.ts';
import type { WorkflowTables } from './tables/workflows.ts';

/** Every table. A feature adds `tables/<feature>.ts`, one line here, and its migration. */
export interface Schema
  extends TenantTables,
    AuditTables,
    FaceLivenessTables,
    IdempotencyTables,
    LivenessTables,
    NamedObjectTables,
    OutboxTables,
    SessionTables,
    UploadTables,
    WebhookTables,
    WorkflowTables {}

/** The pool. Rows are reached through `withTenant` or `withSystem`, which hand out a `Tx`. */
export type Db = Kysely<Schema>;
export type Tx = Transaction<Schema>;
