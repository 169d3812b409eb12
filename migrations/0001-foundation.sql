-- Two roles without login. Every transaction of the product takes one of them for its own duration
-- (src/platform/db/transaction.ts), so that row-level security also binds whoever owns the tables.
-- Roles belong to the cluster: another database of it may have made them, or be making them now.
do $$
declare
  role_name text;
begin
  foreach role_name in array array['bonafide_tenant', 'bonafide_system'] loop
    begin
      if not exists (select from pg_roles where rolname = role_name) then
        execute format('create role %I nologin', role_name);
      end if;
    exception when duplicate_object or unique_violation then null;
    end;
    if not (select rolsuper from pg_roles where rolname = current_user) then
      begin
        execute format('grant %I to current_user', role_name);
      exception when insufficient_privilege then null; -- an administrator granted it beforehand
      end;
    end if;
  end loop;
end $$;

grant usage on schema public to bonafide_tenant, bonafide_system;

-- Call it for each new table with a tenant_id: rows of another tenant then neither show nor change.
-- An unset app.tenant is null or empty and matches no row.
create function protect_tenant_table(target regclass, tenant_column text default 'tenant_id')
returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format(
    'create policy own_tenant on %s to bonafide_tenant using (%2$I = current_setting(''app.tenant'', true))',
    target, tenant_column);
  execute format('create policy every_tenant on %s to bonafide_system using (true)', target);
  execute format('grant select, insert, update, delete on %s to bonafide_tenant, bonafide_system', target);
end $$;
revoke execute on function protect_tenant_table(regclass, text) from public;

create table tenant (
  id text primary key,
  name text not null,
  created_at timestamptz not null default now()
);
select protect_tenant_table('tenant', 'id');
revoke insert, update, delete on tenant from bonafide_tenant;

-- Our own keys. Their secrets have 256 random bits, so a plain SHA-256 cannot be searched.
create table api_key (
  id text primary key,
  tenant_id text not null references tenant (id),
  environment text not null check (environment in ('live', 'sandbox')),
  name text not null,
  secret_sha256 bytea not null unique,
  hint text not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  replaces text references api_key (id)
);
create index api_key_by_tenant on api_key (tenant_id, id);
select protect_tenant_table('api_key');

-- Keys for the AWS-compatible endpoint. Verifying a signature needs the secret itself, so it is sealed, not hashed.
create table aws_key (
  access_key_id text primary key,
  key_id text not null unique,
  tenant_id text not null references tenant (id),
  environment text not null check (environment in ('live', 'sandbox')),
  name text not null,
  secret_sealed bytea not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);
create index aws_key_by_tenant on aws_key (tenant_id, key_id);
select protect_tenant_table('aws_key');

-- What a transaction wants to happen after its commit. A row leaves when it was handled.
create table outbox (
  id bigint generated always as identity primary key,
  tenant_id text not null references tenant (id),
  topic text not null,
  key text not null,
  payload jsonb not null,
  attempts integer not null default 0,
  available_at timestamptz not null default now(),
  created_at timestamptz not null default now()
);
create index outbox_by_key on outbox (topic, key, id);
create index outbox_by_time on outbox (topic, available_at);
select protect_tenant_table('outbox');
