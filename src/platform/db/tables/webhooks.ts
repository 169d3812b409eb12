import type { Generated, GeneratedAlways } from 'kysely';
import type { Id, TenantId } from '../../../core/ids.ts';
import type { Environment } from '../../../core/principal.ts';

export interface WebhookTable {
  id: Id<'webhook'>;
  tenant_id: TenantId;
  environment: Environment;
  url: string;
  description: string;
  filters: string[];
  enabled: boolean;
  created_at: Generated<Date>;
}

export interface WebhookSecretTable {
  webhook_id: Id<'webhook'>;
  tenant_id: TenantId;
  number: number;
  secret_sealed: Buffer;
  created_at: Generated<Date>;
  ends_at: Date | null;
}

export interface WebhookEventTable {
  id: Id<'event'>;
  tenant_id: TenantId;
  environment: Environment;
  type: string;
  key: string;
  body_sealed: Buffer;
  created_at: Generated<Date>;
}

export interface WebhookDeliveryTable {
  number: GeneratedAlways<number>;
  id: Id<'delivery'>;
  tenant_id: TenantId;
  webhook_id: Id<'webhook'>;
  event_id: Id<'event'>;
  key: string;
  state: 'pending' | 'delivered' | 'dead';
  attempts: Generated<number>;
  next_attempt_at: Date;
  lease: string | null;
  created_at: Generated<Date>;
  ended_at: Date | null;
}

export interface WebhookAttemptTable {
  delivery_number: number;
  tenant_id: TenantId;
  attempt: number;
  at: Date;
  latency_ms: number;
  status: number | null;
  failure: string | null;
  excerpt: string;
}

export interface WebhookTables {
  webhook: WebhookTable;
  webhook_secret: WebhookSecretTable;
  webhook_event: WebhookEventTable;
  webhook_delivery: WebhookDeliveryTable;
  webhook_attempt: WebhookAttemptTable;
}
