import type { RunOptions, TaskRunner } from '../../core/task.ts';
import { analyseFaces } from './analyse-faces.task.ts';
import { compareTwo, type FaceModels } from './compare-faces.usecase.ts';
import { decideIdentity, type IdentityDecision, type IdentityPolicy } from './decide-identity.ts';
import type { FaceAnalysis } from './face.ts';

export interface IdentityVerification {
  readonly decision: IdentityDecision;
  readonly document: FaceAnalysis;
  readonly selfie: FaceAnalysis;
  /** −1…1 of the two largest faces; absent when one is missing. */
  readonly cosine?: number;
}

export interface VerifyOptions {
  readonly age?: boolean;
  /** What refusals call the picture of the document; default `document`. */
  readonly documentName?: string;
}

/** Compares the portrait on a document with a selfie; both pictures are analysed at the same time. */
export async function verifyIdentity(
  runner: TaskRunner,
  models: FaceModels,
  images: { readonly document: Uint8Array; readonly selfie: Uint8Array },
  options: IdentityPolicy & RunOptions & VerifyOptions = {},
): Promise<IdentityVerification> {
  const run = { ...(options.signal && { signal: options.signal }) };
  const { documentName = 'document' } = options;
  const common = { embed: 'first', age: options.age ?? false } as const;
  const [document, selfie] = await Promise.all([
    runner.run(
      analyseFaces,
      { bytes: images.document, name: documentName, anyTurn: true, ...common },
      run,
    ),
    runner.run(analyseFaces, { bytes: images.selfie, name: 'selfie', ...common }, run),
  ]);
  return decideOn(document, selfie, models, options);
}

/** The part after the pictures: pure. Both analyses must have embedded their largest face. */
export function decideOn(
  document: FaceAnalysis,
  selfie: FaceAnalysis,
  models: FaceModels,
  policy: IdentityPolicy = {},
): IdentityVerification {
  const [portrait] = document.faces;
  const [face] = selfie.faces;
  const compared = portrait && face ? compareTwo(portrait, face, models) : undefined;
  const facts = {
    document,
    selfie,
    similarity: compared?.similarity,
    modelWarnings: models.warnings,
  };
  const decision = decideIdentity(facts, policy);
  return { decision, document, selfie, ...(compared && { cosine: compared.cosine }) };
}
