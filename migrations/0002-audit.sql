-- One hash chain per tenant. Rows are only ever added, each signed as the head that it is at that moment.
create table audit_entry (
  tenant_id text not null references tenant (id),
  seq bigint not null check (seq > 0),
  id text not null unique,
  at timestamptz not null,
  actor text not null,
  action text not null,
  target text not null,
  details jsonb not null,
  previous_hash bytea not null,
  hash bytea not null,
  signature bytea not null,
  primary key (tenant_id, seq)
);
select protect_tenant_table('audit_entry');
revoke update, delete on audit_entry from bonafide_tenant, bonafide_system;

create table audit_head (
  tenant_id text primary key references tenant (id),
  seq bigint not null,
  hash bytea not null,
  signature bytea not null
);
select protect_tenant_table('audit_head');
revoke delete on audit_head from bonafide_tenant, bonafide_system;
