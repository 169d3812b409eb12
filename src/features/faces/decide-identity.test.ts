import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeAnalysis, makeFace } from '../../../test/support/faces.ts';
import { decideIdentity, type IdentityPolicy } from './decide-identity.ts';
import type { FaceReasonCode } from './face-reasons.ts';

const good = makeAnalysis(makeFace());
const poor = makeAnalysis(makeFace({ quality: { overall: 5 } }));

function decide(
  similarity: number | undefined,
  options: { selfie?: typeof good; document?: typeof good; modelWarnings?: FaceReasonCode[] } = {},
  policy?: IdentityPolicy,
) {
  const facts = { document: good, selfie: good, modelWarnings: [], similarity, ...options };
  const { verdict, reasons } = decideIdentity(facts, policy);
  return [verdict, ...reasons.map(({ code }) => code)];
}

describe('decideIdentity', () => {
  it('goes by the similarity when both pictures are good', () => {
    expect(decide(80)).toEqual(['match']);
    expect(decide(79.9)).toEqual(['review', 'LOW_FACE_MATCH_SIMILARITY']);
    expect(decide(60)).toEqual(['review', 'LOW_FACE_MATCH_SIMILARITY']);
    expect(decide(59.9)).toEqual(['no_match', 'FACE_MISMATCH']);
    expect(decide(85, {}, { matchFrom: 90 })).toEqual(['review', 'LOW_FACE_MATCH_SIMILARITY']);
  });

  it('does not hold a poor picture against anybody, and does not trust a match on one', () => {
    expect(decide(10, { selfie: poor })).toEqual([
      'inconclusive',
      'FACE_MISMATCH',
      'LOW_FACE_QUALITY',
    ]);
    expect(decide(95, { document: poor })).toEqual(['review', 'LOW_FACE_QUALITY']);
  });

  it('is inconclusive without a face, and says on which side', () => {
    const none = makeAnalysis();
    expect(decide(undefined, { selfie: none })).toEqual(['inconclusive', 'NO_FACE_DETECTED']);
    expect(decide(undefined, { document: none })).toEqual([
      'inconclusive',
      'PORTRAIT_IMAGE_NOT_DETECTED',
    ]);
  });

  it('sends matches of a model of known bias to a person only when asked, of an unmeasured model always', () => {
    const biased: FaceReasonCode[] = ['FACE_MODEL_KNOWN_BIAS'];
    expect(decide(95, { modelWarnings: biased })).toEqual(['match']);
    expect(decide(95, { modelWarnings: biased }, { onModelWarning: 'review' })).toEqual([
      'review',
      'FACE_MODEL_KNOWN_BIAS',
    ]);
    expect(decide(95, { modelWarnings: ['EMBEDDING_NOT_CALIBRATED'] })).toEqual([
      'review',
      'EMBEDDING_NOT_CALIBRATED',
    ]);
  });

  it('never gets better when the similarity falls', () => {
    const rank = { match: 3, review: 2, inconclusive: 1, no_match: 0 };
    const similarity = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(similarity, similarity, fc.constantFrom(good, poor), (a, b, selfie) => {
        const verdict = (value: number) =>
          decideIdentity({ document: good, selfie, similarity: value, modelWarnings: [] }).verdict;
        expect(rank[verdict(Math.min(a, b))]).toBeLessThanOrEqual(rank[verdict(Math.max(a, b))]);
      }),
    );
  });

  it('mentions a bystander on the selfie, but not the ghost image of a card', () => {
    const two = makeAnalysis(makeFace(), makeFace({ width: 80 }));
    const facts = { similarity: 90, modelWarnings: [] };
    expect(decideIdentity({ ...facts, document: good, selfie: two }).warnings).toEqual([
      { code: 'MULTIPLE_FACES', image: 'selfie' },
    ]);
    expect(decideIdentity({ ...facts, document: two, selfie: good }).warnings).toEqual([]);
  });
});
