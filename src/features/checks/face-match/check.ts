import { z } from 'zod';
import { defineCheck, type Reason, statusOf } from '../check.ts';

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

const reasons = {
  NO_FACE_DETECTED: { severity: 'error', title: 'No face was found in the face capture' },
  PORTRAIT_IMAGE_NOT_DETECTED: {
    severity: 'error',
    title: 'No portrait was found on the document',
  },
  LOW_FACE_MATCH_SIMILARITY: { severity: 'warning', title: 'The two faces are not alike enough' },
  FACE_MISMATCH: { severity: 'error', title: 'The two faces belong to different people' },
  LOW_FACE_QUALITY: { severity: 'information', title: 'A face is small, blurred or badly lit' },
  MULTIPLE_FACES_DETECTED: {
    severity: 'warning',
    title: 'More than one face was in the picture',
  },
  FACE_MODEL_KNOWN_BIAS: {
    severity: 'warning',
    title: 'The face model errs more often for some groups of people',
  },
  FACE_MODEL_KNOWN_BIAS_ACCEPTED: {
    severity: 'information',
    title: 'The face model errs more often for some groups of people; the operator accepts it',
  },
} as const satisfies Readonly<Record<string, Reason>>;

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
