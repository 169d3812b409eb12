import { createHash, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../core/errors.ts';
import { idFromSeed, newId } from '../../core/ids.ts';
import type { ObjectId, ObjectStore } from '../../core/objects.ts';
import type { Principal } from '../../core/principal.ts';
import type { RunOptions, TaskRunner } from '../../core/task.ts';
import type { Db } from '../../platform/db/schema.ts';
import { withTenant } from '../../platform/db/transaction.ts';
import { putNamedObject } from '../objects/index.ts';
import {
  type ArchiveEntry,
  issueLink,
  openSession,
  type PersonalBox,
  readDecision,
  unpackTar,
} from '../sessions/index.ts';
import { AwsError, awsFailures } from './aws-errors.ts';
import { type AuditImage, cutAuditImages } from './cut-audit-images.task.ts';
import {
  createFaceLivenessRepository,
  type LivenessSession,
  type LivenessSettings,
} from './face-liveness.repository.ts';
import { type LivenessOutcome, toLivenessOutcome } from './face-liveness.ts';

/** Sessions of our own behind the AWS operations: a workflow with the active check only, recorded by our capture page. */
export interface FaceLivenessDeps {
  readonly db: Db;
  readonly personal: PersonalBox;
  readonly objects: ObjectStore;
  readonly vision: TaskRunner;
  /** Something for a session was committed. */
  kick(): void;
}

type Owner = Pick<Principal, 'tenant' | 'environment'>;

const WORKFLOW = 'face-liveness';
/** From creation: later the id is as unknown as one that never was. */
const READABLE_MS = 24 * 3_600_000;

/**
 * The same token means the same session.
 * @throws AwsError InvalidParameterException when the token was used with other settings
 */
export async function createLivenessSession(
  deps: FaceLivenessDeps,
  owner: Owner,
  settings: LivenessSettings,
  token: string | undefined,
  now: Date,
): Promise<string> {
  const tokenSha256 = token === undefined ? null : createHash('sha256').update(token).digest();
  const seed = tokenSha256 && [WORKFLOW, owner.tenant, owner.environment, token].join('\n');
  const session = seed ? idFromSeed('session', seed) : newId('session');
  const order = {
    id: session,
    subject: seed ? idFromSeed('subject', seed) : newId('subject'),
    workflow: WORKFLOW,
    locale: 'en',
    data: { reference: null, expected: null, metadata: null, callback: null },
  };
  await openSession(deps, owner, order, now);
  deps.kick();
  const made = { id: randomUUID(), session, settings, tokenSha256, createdAt: now };
  return withTenant(deps.db, owner.tenant, async (tx) => {
    const repository = createFaceLivenessRepository(tx);
    await repository.insert(owner, made);
    const known = tokenSha256 ? await repository.findByToken(owner, tokenSha256) : made;
    if (!known || !isDeepStrictEqual(known.settings, settings)) {
      throw new AwsError(awsFailures.invalidParameter);
    }
    return known.id;
  });
}

export interface LivenessResults extends LivenessOutcome {
  readonly reference: ResultImage | undefined;
  readonly audit: readonly ResultImage[];
}

/** Its bytes, or where they were put. */
export interface ResultImage extends Omit<AuditImage, 'jpeg'> {
  readonly jpeg?: Uint8Array;
  readonly stored?: { readonly bucket: string; readonly name: string };
}

/** @throws AppError session_not_found for ids that are unknown, somebody else's, erased or too old */
export async function readLivenessResults(
  deps: FaceLivenessDeps,
  owner: Owner,
  id: string,
  now: Date,
  run?: RunOptions,
): Promise<LivenessResults> {
  const { session, settings } = await requireLivenessSession(deps.db, owner, id, now);
  const { row, artifacts } = await readDecision(deps, owner, session).catch(forgetErased);
  const outcome = toLivenessOutcome(row.state);
  if (outcome.status !== 'SUCCEEDED') return { ...outcome, reference: undefined, audit: [] };
  const objectOf = (kind: string) =>
    artifacts.find((artifact) => artifact.kind === kind && !artifact.deletedAt)?.object;
  const best = await read(deps.objects, owner, objectOf('best_frame'));
  const archive = await read(deps.objects, owner, objectOf('frames_archive'));
  const frames = archive ? chooseFrames(unpackTar(archive), settings.auditImages) : [];
  const images = [...(best ? [best] : []), ...frames.map(({ bytes }) => bytes)];
  const cut = images.length > 0 ? await deps.vision.run(cutAuditImages, { images }, run) : [];
  const shown = await Promise.all(
    cut.map((image, i) => {
      const name = best && i === 0 ? 'reference' : `audit-image-${best ? i : i + 1}`;
      return deliver(deps, owner, settings, `${id}/${name}.jpg`, image);
    }),
  );
  return { ...outcome, reference: best && shown[0], audit: best ? shown.slice(1) : shown };
}

/** Another link for the person; links and capture tokens from before stop working. @throws AppError session_not_found */
export async function linkLivenessSession(db: Db, owner: Owner, id: string, now: Date) {
  const { session } = await requireLivenessSession(db, owner, id, now);
  return { session, link: await issueLink(db, { tenant: owner.tenant, id: session }, now) };
}

async function requireLivenessSession(
  db: Db,
  owner: Owner,
  id: string,
  now: Date,
): Promise<LivenessSession> {
  const found = await withTenant(db, owner.tenant, (tx) =>
    createFaceLivenessRepository(tx).find(owner, id),
  );
  if (!found || now.getTime() - found.createdAt.getTime() > READABLE_MS) {
    throw new AppError('session_not_found');
  }
  return found;
}

function forgetErased(error: unknown): never {
  const isErased = error instanceof AppError && error.code === 'session_erased';
  throw isErased ? new AppError('session_not_found') : error;
}

/** Spread over the recording. */
function chooseFrames(frames: readonly ArchiveEntry[], most: number): ArchiveEntry[] {
  const count = Math.min(most, frames.length);
  return Array.from(
    { length: count },
    (_, i) => frames[Math.floor(((i + 0.5) * frames.length) / count)] as ArchiveEntry,
  );
}

async function read(
  objects: ObjectStore,
  { tenant }: Owner,
  id: ObjectId | undefined,
): Promise<Uint8Array | undefined> {
  if (!id) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of objects.get(tenant, id)) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

/** Every reading puts the same bytes under the same name. */
async function deliver(
  { db, objects }: FaceLivenessDeps,
  owner: Owner,
  { output }: LivenessSettings,
  path: string,
  { jpeg, ...place }: AuditImage,
): Promise<ResultImage> {
  if (!output) return { ...place, jpeg };
  const { bucket, prefix } = output;
  const name = prefix === '' || prefix.endsWith('/') ? `${prefix}${path}` : `${prefix}/${path}`;
  await putNamedObject({ db, objects }, owner, { bucket, name }, jpeg);
  return { ...place, stored: { bucket, name } };
}
