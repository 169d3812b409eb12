import type { SessionId, TenantId } from '../../core/ids.ts';
import type { Environment } from '../../core/principal.ts';
import type { Schema, Tx } from '../../platform/db/schema.ts';

export interface LivenessSettings {
  readonly auditImages: number;
  /** Where pictures are put instead of into the answer. */
  readonly output: { readonly bucket: string; readonly prefix: string } | null;
}

export interface LivenessSession {
  readonly id: string;
  readonly session: SessionId;
  readonly settings: LivenessSettings;
  readonly createdAt: Date;
}

export interface NewLivenessSession extends LivenessSession {
  readonly tokenSha256: Buffer | null;
}

interface Owner {
  readonly tenant: TenantId;
  readonly environment: Environment;
}

export function createFaceLivenessRepository(tx: Tx) {
  const owned = ({ tenant, environment }: Owner) =>
    tx
      .selectFrom('face_liveness_session')
      .selectAll()
      .where('tenant_id', '=', tenant)
      .where('environment', '=', environment);

  return {
    /** Without effect where the token was used before. */
    async insert({ tenant, environment }: Owner, session: NewLivenessSession): Promise<void> {
      const { auditImages, output } = session.settings;
      await tx
        .insertInto('face_liveness_session')
        .values({
          id: session.id,
          tenant_id: tenant,
          environment,
          session_id: session.session,
          token_sha256: session.tokenSha256,
          audit_images: auditImages,
          bucket: output?.bucket ?? null,
          prefix: output?.prefix ?? null,
          created_at: session.createdAt,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },

    async find(owner: Owner, id: string): Promise<LivenessSession | undefined> {
      const row = await owned(owner).where('id', '=', id).executeTakeFirst();
      return row && toLivenessSession(row);
    },

    async findByToken(owner: Owner, tokenSha256: Buffer): Promise<LivenessSession | undefined> {
      const row = await owned(owner).where('token_sha256', '=', tokenSha256).executeTakeFirst();
      return row && toLivenessSession(row);
    },
  };
}

function toLivenessSession(row: Schema['face_liveness_session']): LivenessSession {
  const { id, session_id: session, created_at: createdAt, audit_images, bucket, prefix } = row;
  const output = bucket === null ? null : { bucket, prefix: prefix ?? '' };
  return { id, session, createdAt, settings: { auditImages: audit_images, output } };
}
