-- Workflows are data. A draft may change; a published version never does, and sessions are pinned to one.
create table workflow (
  id text primary key,
  tenant_id text not null references tenant (id),
  name text not null,
  title text not null,
  draft jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, name)
);
select protect_tenant_table('workflow');

create table workflow_version (
  tenant_id text not null references tenant (id),
  workflow_id text not null references workflow (id),
  version integer not null check (version > 0),
  graph jsonb not null,
  published_at timestamptz not null default now(),
  primary key (workflow_id, version)
);
select protect_tenant_table('workflow_version');
revoke update, delete on workflow_version from bonafide_tenant, bonafide_system;
