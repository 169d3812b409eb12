import { createHash, randomBytes } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { EvidenceId, SessionId } from '../../core/ids.ts';
import type { ObjectId, ObjectStore } from '../../core/objects.ts';
import type { Db, Tx } from '../../platform/db/schema.ts';
import { withSystem, withTenant } from '../../platform/db/transaction.ts';
import type { Upload, Uploads } from '../../platform/objects/uploads.ts';
import type { Stream } from '../checks/index.ts';
import { loadPlan } from './apply-event.usecase.ts';
import { sniffCapture } from './capture-format.ts';
import { type CaptureGrant, createCaptureGrantRepository } from './capture-grant.repository.ts';
import type { ChallengeClaim } from './challenges.usecase.ts';
import { createEvidenceRepository } from './evidence.repository.ts';
import { tell } from './open-session.usecase.ts';
import { createSessionRepository, type SessionRow } from './session.repository.ts';
import type { SessionPlan } from './session-plan.ts';
import { requireWanted, submitEvidence } from './submit-evidence.usecase.ts';

export interface CaptureDeps {
  readonly db: Db;
  readonly uploads: Uploads;
  readonly objects: ObjectStore;
  /** Something for a session was committed. */
  kick(): void;
}

const minuteMs = 60_000;
export const bearerMs = 15 * minuteMs;
const linkMs = 24 * 60 * minuteMs;
/** 256 random bits: a plain digest at rest cannot be searched. */
const secretBytes = 32;
/** Of one session; whoever begins more fills our disk. They end after a day. */
const mostOpenUploads = 12;
const tooManyUploads = 'Too many uploads were begun and not completed; give some up';
const maxImageBytes = 15 * 1024 * 1024;
const maxVideoBytes = 60 * 1024 * 1024;

export interface IssuedSecret {
  readonly secret: string;
  readonly expiresAt: Date;
}

/**
 * A new link for the session. Links and bearers from before stop working: the person goes on where the new one
 * is opened, on a phone for instance.
 */
export async function issueLink(
  db: Db,
  { tenant, id }: Pick<SessionRow, 'tenant' | 'id'>,
  now: Date,
): Promise<IssuedSecret> {
  return withTenant(db, tenant, async (tx) => {
    await createCaptureGrantRepository(tx).revokeAll(tenant, id);
    return issue(tx, { tenant, session: id }, 'link', new Date(now.getTime() + linkMs));
  });
}

/**
 * A link's secret for a bearer of fifteen minutes; works once.
 * @throws AppError capture_unauthorized
 */
export async function exchangeLink(
  { db, kick }: Pick<CaptureDeps, 'db' | 'kick'>,
  session: string,
  secret: string,
  now: Date,
): Promise<IssuedSecret> {
  const issued = await withSystem(db, async (tx) => {
    const grants = createCaptureGrantRepository(tx);
    const grant = await grants.useLinkUnscoped(digestOf(secret), now);
    if (grant?.session !== session) throw new AppError('capture_unauthorized');
    await tell(tx, grant.tenant, grant.session, { type: 'started', at: now.getTime() });
    return issue(tx, grant, 'bearer', new Date(now.getTime() + bearerMs));
  });
  kick();
  return issued;
}

/** Whose session a bearer is for. @throws AppError capture_unauthorized */
export async function authenticateCapture(
  db: Db,
  bearer: string,
  now: Date,
): Promise<CaptureGrant> {
  const grant = await withSystem(db, (tx) =>
    createCaptureGrantRepository(tx).findBearerUnscoped(digestOf(bearer), now),
  );
  if (!grant) throw new AppError('capture_unauthorized');
  return grant;
}

/** Another bearer; the old one ends with its own time, in case the answer gets lost. */
export function renewBearer(db: Db, grant: CaptureGrant, now: Date): Promise<IssuedSecret> {
  return withTenant(db, grant.tenant, (tx) =>
    issue(tx, grant, 'bearer', new Date(now.getTime() + bearerMs)),
  );
}

export interface CaptureView {
  readonly row: SessionRow;
  readonly plan: SessionPlan;
}

/** @throws AppError session_erased */
export function viewCapture(db: Db, { tenant, session }: CaptureGrant): Promise<CaptureView> {
  return withTenant(db, tenant, async (tx) => {
    const row = await createSessionRepository(tx).find(tenant, session);
    if (!row || row.erasedAt) throw new AppError('session_erased');
    return { row, plan: await loadPlan(tx, row) };
  });
}

/** @throws AppError as `submitEvidence`: nobody should send a film that nobody wants */
export async function createCaptureUpload(
  { db, uploads }: CaptureDeps,
  { tenant, session }: CaptureGrant,
  stream: Stream,
): Promise<Upload> {
  const row = await withTenant(db, tenant, async (tx) => {
    await requireWanted(tx, tenant, session, stream);
    const found = await createSessionRepository(tx).find(tenant, session);
    if (!found) throw new AppError('session_not_found');
    const open = await tx
      .selectFrom('upload')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('tenant_id', '=', tenant)
      .where('subject_id', '=', found.subject)
      .where('state', '=', 'open')
      .executeTakeFirstOrThrow();
    if (open.count >= mostOpenUploads) throw new AppError('rate_limited', tooManyUploads);
    return found;
  });
  return uploads.create(tenant, {
    subject: row.subject,
    purpose: purposeOf(session, stream),
    kind: 'evidence',
    maxBytes: maxVideoBytes,
  });
}

/** The stream of an upload of this session. @throws AppError upload_not_found for everybody else's */
export async function requireUpload(
  { uploads }: Pick<CaptureDeps, 'uploads'>,
  { tenant, session }: CaptureGrant,
  id: string,
) {
  const found = await uploads.find(tenant, id);
  const [owner, stream] = found.upload.purpose.split('/');
  if (owner !== session) throw new AppError('upload_not_found');
  return { ...found, stream: stream as Stream };
}

/**
 * Puts the upload together and makes it evidence. When this returns, the capture is durable: object, row and
 * message to the actor.
 * @throws AppError upload_* | evidence_not_accepted | as `submitEvidence`
 */
export async function completeCapture(
  deps: CaptureDeps,
  grant: CaptureGrant,
  id: string,
  claim: { readonly size: number; readonly sha256: string },
  now: Date,
  challenge?: ChallengeClaim,
): Promise<EvidenceId> {
  const { tenant, session } = grant;
  const { upload, parts, stream } = await requireUpload(deps, grant, id);
  const object = upload.object;
  if (object) return findEvidence(deps.db, grant, object.id);
  const head = await readHead(deps.objects, tenant, parts[0]?.object.id);
  const contentType = requireAcceptable(head, claim.size, stream);
  let evidence: EvidenceId | undefined;
  const stored = await deps.uploads.complete(tenant, id, claim, async (tx, finished) => {
    const submission = { tenant, session, stream, contentType, challenge };
    evidence = await submitEvidence(tx, submission, finished, now);
  });
  deps.kick();
  return evidence ?? findEvidence(deps.db, grant, stored.id);
}

function requireAcceptable(head: Uint8Array, size: number, stream: Stream): string {
  const contentType = sniffCapture(head);
  const isLetter = stream === 'proof_of_address';
  const isOfStream = isLetter
    ? !contentType?.startsWith('video/')
    : contentType !== 'application/pdf';
  if (!contentType || !isOfStream) {
    const wanted = isLetter ? 'picture and no PDF' : 'picture and no video';
    const detail = `\`${stream}\`: the file is no ${wanted} that is accepted here`;
    throw new AppError('evidence_not_accepted', detail);
  }
  const isTooLarge = !contentType.startsWith('video/') && size > maxImageBytes;
  if (isTooLarge) {
    const detail = `\`${stream}\`: a picture or PDF has at most 15 MiB`;
    throw new AppError('evidence_not_accepted', detail);
  }
  return contentType;
}

async function readHead(
  objects: ObjectStore,
  tenant: CaptureGrant['tenant'],
  id: ObjectId | undefined,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  if (id === undefined) return new Uint8Array();
  for await (const chunk of objects.get(tenant, id, { start: 0, end: 64 })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function findEvidence(
  db: Db,
  { tenant, session }: CaptureGrant,
  object: ObjectId,
): Promise<EvidenceId> {
  const found = await withTenant(db, tenant, (tx) =>
    createEvidenceRepository(tx).findByObject(tenant, session, object),
  );
  if (!found) throw new AppError('upload_not_found');
  return found.id;
}

async function issue(
  tx: Tx,
  grant: CaptureGrant,
  kind: 'link' | 'bearer',
  expiresAt: Date,
): Promise<IssuedSecret> {
  const secret = randomBytes(secretBytes).toString('base64url');
  const { tenant, session } = grant;
  await createCaptureGrantRepository(tx).insert({
    tenant,
    session,
    kind,
    secretSha256: digestOf(secret),
    expiresAt,
  });
  return { secret, expiresAt };
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function purposeOf(session: SessionId, stream: Stream): string {
  return `${session}/${stream}`;
}
