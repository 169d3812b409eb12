-- Sessions that were begun with CreateFaceLivenessSession: under which id the caller knows them, and what was asked for.
create table face_liveness_session (
  id text primary key,
  tenant_id text not null references tenant (id),
  environment text not null check (environment in ('live', 'sandbox')),
  session_id text not null references session (id),
  -- Of the caller's ClientRequestToken: the same one means the same session.
  token_sha256 bytea,
  audit_images integer not null check (audit_images between 0 and 4),
  -- Where pictures of the result are put; null when they are sent in the answer.
  bucket text,
  prefix text,
  created_at timestamptz not null,
  unique (tenant_id, environment, token_sha256)
);
select protect_tenant_table('face_liveness_session');
