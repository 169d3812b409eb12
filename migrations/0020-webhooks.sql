-- Endpoints of tenants, what is to be delivered to them, and what came of it.
create table webhook (
  id text primary key,
  tenant_id text not null references tenant (id),
  environment text not null check (environment in ('live', 'sandbox')),
  url text not null,
  description text not null,
  -- Types, families (`session.*`) or `*`; see src/features/webhooks/event-filter.ts.
  filters text[] not null,
  enabled boolean not null,
  created_at timestamptz not null default now()
);
create index webhook_by_tenant on webhook (tenant_id, environment, id);
select protect_tenant_table('webhook');

-- The newest one signs; older ones sign too until they end, so that receivers can change over.
create table webhook_secret (
  webhook_id text not null references webhook (id) on delete cascade,
  tenant_id text not null references tenant (id),
  number integer not null,
  secret_sealed bytea not null,
  created_at timestamptz not null default now(),
  ends_at timestamptz,
  primary key (webhook_id, number)
);
select protect_tenant_table('webhook_secret');

-- The exact text that is signed and sent, sealed.
create table webhook_event (
  id text primary key,
  tenant_id text not null references tenant (id),
  environment text not null check (environment in ('live', 'sandbox')),
  type text not null,
  -- Events of one key are delivered in order: the session's id.
  key text not null,
  body_sealed bytea not null,
  created_at timestamptz not null default now()
);
create index webhook_event_by_key on webhook_event (tenant_id, key);
create index webhook_event_by_time on webhook_event (created_at);
select protect_tenant_table('webhook_event');

create table webhook_delivery (
  -- The order of delivery within one endpoint and key.
  number bigint generated always as identity primary key,
  id text not null unique,
  tenant_id text not null references tenant (id),
  webhook_id text not null references webhook (id) on delete cascade,
  event_id text not null references webhook_event (id) on delete cascade,
  key text not null,
  state text not null check (state in ('pending', 'delivered', 'dead')),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null,
  -- Who sends it just now; a sender that dies leaves it to others when the lease ends.
  lease text,
  created_at timestamptz not null default now(),
  ended_at timestamptz
);
create index webhook_delivery_pending on webhook_delivery (webhook_id, key, number) where state = 'pending';
create index webhook_delivery_due on webhook_delivery (webhook_id, next_attempt_at) where state = 'pending';
create index webhook_delivery_of_webhook on webhook_delivery (webhook_id, number);
create index webhook_delivery_of_event on webhook_delivery (event_id);
select protect_tenant_table('webhook_delivery');

create table webhook_attempt (
  delivery_number bigint not null references webhook_delivery (number) on delete cascade,
  tenant_id text not null references tenant (id),
  attempt integer not null,
  at timestamptz not null,
  latency_ms integer not null,
  -- The answer's status, or why there was none.
  status integer,
  failure text,
  excerpt text not null,
  primary key (delivery_number, attempt),
  check ((status is null) <> (failure is null))
);
select protect_tenant_table('webhook_attempt');
