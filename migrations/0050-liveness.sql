-- What a person was asked to do in front of the camera: one for each attempt, short-lived, claimed by one capture.
-- Of the camera only contradictions are kept, never its name: names of devices are often names of people.
create table liveness_challenge (
  id text primary key,
  tenant_id text not null references tenant (id),
  session_id text not null references session (id),
  script jsonb not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  evidence_id text unique references evidence (id),
  camera jsonb
);
create index liveness_challenge_by_session on liveness_challenge (session_id);
select protect_tenant_table('liveness_challenge');
