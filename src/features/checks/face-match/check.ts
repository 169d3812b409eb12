import { z } from 'zod';
import { type FaceReasonCode, faceReasons } from '../../faces/index.ts';
import { defineCheck, type Reason, type ReasonSeverity, statusOf } from '../check.ts';

/** Similarities are the calibrated 0–100 of the faces feature; 80 is its documented operating point. */
const config = z.strictObject({
  /** Below: declined. */
  decline_below: z.number().min(0).max(100).default(50),
  /** Below, and not declined: review. */
  review_below: z.number().min(0).max(100).default(80),
  /**
   * A face model with known unequal error rates sends matches to review: everywhere, in the live
   * environment only, or nowhere (`accept`: the operator takes the risk; the decision records it).
   */
  known_bias: z.enum(['review', 'review_in_live', 'accept']).default('review_in_live'),
});

/** Codes are those of the faces feature; here stands how grave each is for a verification. */
const severities = {
  NO_FACE_DETECTED: 'error',
  PORTRAIT_IMAGE_NOT_DETECTED: 'error',
  FACE_MISMATCH: 'error',
  LOW_FACE_MATCH_SIMILARITY: 'warning',
  MULTIPLE_FACES: 'warning',
  LOW_FACE_QUALITY: 'warning',
  FACE_MODEL_KNOWN_BIAS: 'warning',
  EMBEDDING_NOT_CALIBRATED: 'warning',
  FACE_TOO_SMALL: 'information',
  FACE_BLURRED: 'information',
  LOW_FACE_LUMINANCE: 'information',
  HIGH_FACE_LUMINANCE: 'information',
  LOW_FACE_CONTRAST: 'information',
  FACE_TURNED_AWAY: 'information',
  FACE_CUT_OFF_OR_COVERED: 'information',
  EYES_CLOSED: 'information',
  MODEL_LICENCE_RESTRICTED: 'information',
} as const satisfies Record<FaceReasonCode, ReasonSeverity>;

const reasons: Readonly<Record<string, Reason>> = {
  ...Object.fromEntries(
    Object.entries(severities).map(([code, severity]) => [
      code,
      { severity, title: faceReasons[code as FaceReasonCode].title },
    ]),
  ),
  FACE_MODEL_KNOWN_BIAS_ACCEPTED: {
    severity: 'information',
    title: 'The face model errs more often for some groups of people; the operator accepts it',
  },
};

/** Is the person in front of the camera the one whose portrait is on the document? */
export const faceMatch = defineCheck({
  id: 'face_match',
  title: 'Face of the person against the portrait on the document',
  question: 'person_matches_document',
  streams: ['face', 'document_front'],
  tasks: [
    { name: 'analyse-face', pool: 'inference', streams: ['face'], after: [] },
    { name: 'analyse-portrait', pool: 'inference', streams: ['document_front'], after: [] },
    {
      name: 'match-faces',
      pool: 'cpu',
      streams: [],
      after: ['analyse-face', 'analyse-portrait'],
    },
  ],
  config,
  reasons,
  facts: {},
  evaluate: ({ config, environment, results }) => {
    const similarity = results['match-faces']?.scores.similarity ?? 0;
    const codes = new Set(Object.values(results).flatMap((result) => result.codes));
    const isBiasTolerated =
      config.known_bias === 'accept' ||
      (config.known_bias === 'review_in_live' && environment === 'sandbox');
    if (isBiasTolerated && codes.delete('FACE_MODEL_KNOWN_BIAS')) {
      codes.add('FACE_MODEL_KNOWN_BIAS_ACCEPTED');
    }
    if (similarity < config.decline_below) codes.add('FACE_MISMATCH');
    else if (similarity < config.review_below) codes.add('LOW_FACE_MATCH_SIMILARITY');
    return {
      status: statusOf([...codes], reasons),
      score: similarity,
      reasons: [...codes],
      facts: {},
    };
  },
});
