-- Images that AWS-style calls name as S3Object: a bucket and a name of the tenant's own, pointing at an object.
create table named_object (
  tenant_id text not null references tenant (id),
  environment text not null check (environment in ('live', 'sandbox')),
  bucket text not null,
  name text not null,
  object_id text not null,
  size integer not null,
  sha256 text not null,
  stored_at timestamptz not null default now(),
  primary key (tenant_id, environment, bucket, name)
);
select protect_tenant_table('named_object');
