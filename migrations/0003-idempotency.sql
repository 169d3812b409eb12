-- Answers of requests that carried an Idempotency-Key. A row without a status is a request in progress.
create table idempotency_key (
  tenant_id text not null references tenant (id),
  scope text not null,
  key_sha256 bytea not null,
  request_sha256 bytea not null,
  lease text not null,
  leased_until timestamptz not null,
  status integer,
  answer_sealed bytea,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (tenant_id, scope, key_sha256)
);
create index idempotency_key_by_expiry on idempotency_key (expires_at);
select protect_tenant_table('idempotency_key');
