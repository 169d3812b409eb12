-- A session's row holds the whole state of its actor: ids, codes, scores and times. What belongs to the
-- person (reference, expected data, metadata, callback) is sealed under the person's key.
create table session (
  id text primary key,
  tenant_id text not null references tenant (id),
  environment text not null check (environment in ('live', 'sandbox')),
  subject_id text not null,
  workflow_id text not null references workflow (id),
  workflow_version integer not null,
  status text not null,
  state jsonb not null,
  version integer not null,
  -- The event that led to this version and what it set off, for an engine that asks again.
  last_event text,
  last_effects jsonb,
  personal_sealed bytea,
  reference_index text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  ended_at timestamptz,
  erased_at timestamptz,
  foreign key (workflow_id, workflow_version) references workflow_version (workflow_id, version)
);
create index session_by_tenant on session (tenant_id, environment, id desc);
create index session_by_status on session (tenant_id, environment, status, id desc);
create index session_by_reference on session (tenant_id, environment, reference_index, id desc);
create index session_by_end on session (ended_at) where erased_at is null;
select protect_tenant_table('session');

-- A capture. Its row and the message to the actor commit together; the object was durable before.
create table evidence (
  id text primary key,
  tenant_id text not null references tenant (id),
  session_id text not null references session (id),
  stream text not null,
  attempt integer not null check (attempt > 0),
  object_id text not null,
  sha256 text not null,
  content_type text not null,
  size bigint not null,
  received_at timestamptz not null default now(),
  expires_at timestamptz,
  deleted_at timestamptz,
  unique (session_id, stream, attempt)
);
create index evidence_by_expiry on evidence (expires_at) where deleted_at is null;
create index evidence_by_object on evidence (object_id);
select protect_tenant_table('evidence');

-- Derived objects worth keeping, each kind with its own retention.
create table artifact (
  id text primary key,
  tenant_id text not null references tenant (id),
  session_id text not null references session (id),
  kind text not null,
  task text not null,
  object_id text not null,
  sha256 text not null,
  content_type text not null,
  size bigint not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  deleted_at timestamptz
);
create index artifact_by_session on artifact (session_id);
create index artifact_by_expiry on artifact (expires_at) where deleted_at is null;
create index artifact_by_object on artifact (object_id);
select protect_tenant_table('artifact');

-- Results of tasks under keyed digests of their inputs, and how often a task was tried on them. An attempt is
-- counted before anything is decoded, so that an input that kills its process does not do so for ever.
create table task_run (
  tenant_id text not null references tenant (id),
  key text not null,
  subject_id text not null,
  task text not null,
  attempts integer not null default 0,
  result jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, key)
);
create index task_run_by_subject on task_run (subject_id);
select protect_tenant_table('task_run');

-- Secrets of capture links (each works once) and of the bearers that they are exchanged for.
create table capture_grant (
  secret_sha256 bytea primary key,
  tenant_id text not null references tenant (id),
  session_id text not null references session (id),
  kind text not null check (kind in ('link', 'bearer')),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index capture_grant_by_session on capture_grant (session_id);
select protect_tenant_table('capture_grant');

-- What people asked for: rulings, resubmissions, erasures. Comments are sealed under the person's key.
create table session_order (
  id text primary key,
  tenant_id text not null references tenant (id),
  session_id text not null references session (id),
  kind text not null check (kind in ('ruling', 'resubmission', 'erasure')),
  body jsonb not null,
  comment_sealed bytea,
  ordered_by text not null,
  ordered_at timestamptz not null default now()
);
create index session_order_by_session on session_order (session_id);
select protect_tenant_table('session_order');
