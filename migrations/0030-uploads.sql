-- Uploads that come in parts. Bytes lie sealed in the object store; rows hold ids, sizes and digests only.
create table upload (
  id text primary key,
  tenant_id text not null references tenant (id),
  subject_id text,
  -- What the upload is for, in the words of who made it (session and stream); compared, never interpreted.
  purpose text not null,
  kind text not null,
  max_bytes bigint not null,
  state text not null check (state in ('open', 'completed', 'abandoned')),
  object_id text,
  size bigint,
  sha256 text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  check ((state = 'completed') = (object_id is not null))
);
create index upload_by_expiry on upload (expires_at);
create index upload_by_subject on upload (tenant_id, subject_id);
select protect_tenant_table('upload');

create table upload_part (
  tenant_id text not null references tenant (id),
  upload_id text not null references upload (id) on delete cascade,
  number integer not null check (number between 1 and 10000),
  object_id text not null,
  size bigint not null,
  sha256 text not null,
  primary key (upload_id, number)
);
select protect_tenant_table('upload_part');
