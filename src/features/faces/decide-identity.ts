import type { FaceAnalysis } from './face.ts';
import type { FaceReasonCode, FaceWarning } from './face-reasons.ts';
import { minimumOverall, warnAboutFace } from './quality-filter.ts';
import { DEFAULT_SIMILARITY_THRESHOLD } from './similarity.ts';

/** `review`: a person must look. `inconclusive`: the pictures do not allow an answer; new ones may. */
export type IdentityVerdict = 'match' | 'no_match' | 'review' | 'inconclusive';

export interface IdentityPolicy {
  /** Similarity from which the faces are taken for the same person; default 80. */
  readonly matchFrom?: number;
  /** Between this and `matchFrom` a person must look; default 60. */
  readonly reviewFrom?: number;
  /**
   * What a warning about the models themselves (`FACE_MODEL_KNOWN_BIAS`, …) does to a match: `warn` (default)
   * leaves it, `review` sends it to a person. `EMBEDDING_NOT_CALIBRATED` always does.
   */
  readonly onModelWarning?: 'warn' | 'review';
}

export interface IdentityDecision {
  readonly verdict: IdentityVerdict;
  /** 0…100; absent when a face is missing. */
  readonly similarity?: number;
  /** Why the verdict is not a plain match; empty for a match. Worst first. */
  readonly reasons: readonly FaceWarning[];
  /** What else was noticed. */
  readonly warnings: readonly FaceWarning[];
}

export interface IdentityFacts {
  /** The largest face counts: cards may carry a smaller ghost image of the same portrait. */
  readonly document: FaceAnalysis;
  readonly selfie: FaceAnalysis;
  /** Of the two largest faces; undefined when one is missing. */
  readonly similarity: number | undefined;
  readonly modelWarnings: readonly FaceReasonCode[];
}

/** Is the person on the selfie the one on the document? Pure, so that CLI, API and sessions decide alike. */
export function decideIdentity(
  facts: IdentityFacts,
  policy: IdentityPolicy = {},
): IdentityDecision {
  const warnings = collectWarnings(facts);
  const { similarity } = facts;
  const missing = missingFaces(facts);
  if (similarity === undefined || missing.length > 0) {
    return { verdict: 'inconclusive', reasons: missing, warnings };
  }
  const { verdict, reasons } = judge(similarity, facts, policy);
  return { verdict, similarity, reasons, warnings };
}

function judge(
  similarity: number,
  { document, selfie, modelWarnings }: IdentityFacts,
  policy: IdentityPolicy,
): Pick<IdentityDecision, 'verdict' | 'reasons'> {
  const { matchFrom = DEFAULT_SIMILARITY_THRESHOLD, reviewFrom = 60 } = policy;
  const poor = [...poorFace(document, 'document'), ...poorFace(selfie, 'selfie')];
  if (similarity < matchFrom) {
    const isNear = similarity >= reviewFrom;
    const code = isNear ? 'LOW_FACE_MATCH_SIMILARITY' : 'FACE_MISMATCH';
    // A poor picture makes the same person look like another: that is no evidence against anybody.
    const verdict = isNear ? 'review' : poor.length > 0 ? 'inconclusive' : 'no_match';
    return { verdict, reasons: [{ code }, ...poor] };
  }
  // Without measured error rates nobody can say what a similarity is worth: never a match by itself.
  const doubts = modelWarnings
    .filter((code) => policy.onModelWarning === 'review' || code === 'EMBEDDING_NOT_CALIBRATED')
    .map((code) => ({ code }));
  const reasons = [...poor, ...doubts];
  return { verdict: reasons.length > 0 ? 'review' : 'match', reasons };
}

function poorFace({ faces }: FaceAnalysis, image: string): FaceWarning[] {
  const overall = faces[0]?.quality.overall ?? 0;
  return overall < minimumOverall.LOW ? [{ code: 'LOW_FACE_QUALITY', image }] : [];
}

function missingFaces({ document, selfie }: IdentityFacts): FaceWarning[] {
  const missing: FaceWarning[] = [];
  if (document.faces.length === 0)
    missing.push({ code: 'PORTRAIT_IMAGE_NOT_DETECTED', image: 'document' });
  if (selfie.faces.length === 0) missing.push({ code: 'NO_FACE_DETECTED', image: 'selfie' });
  return missing;
}

function collectWarnings({ document, selfie, modelWarnings }: IdentityFacts): FaceWarning[] {
  // The second face of a card is usually the printed ghost image.
  const ofDocument = warnAboutFace(document, 'document').filter(
    ({ code }) => code !== 'MULTIPLE_FACES' && code !== 'NO_FACE_DETECTED',
  );
  const ofSelfie = warnAboutFace(selfie, 'selfie').filter(
    ({ code }) => code !== 'NO_FACE_DETECTED',
  );
  return [...ofDocument, ...ofSelfie, ...modelWarnings.map((code) => ({ code }))];
}
