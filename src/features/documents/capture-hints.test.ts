import { describe, expect, it } from 'vitest';
import { type CaptureFacts, captureHints, hintsOf } from './capture-hints.ts';

const good: CaptureFacts = {
  found: true,
  margin: 0.1,
  pixelsPerMm: 9,
  sharpness: 0.2,
  brightness: 150,
  glare: 0.001,
  documents: 1,
  hasPortrait: true,
  hasZoneOrBarcode: true,
};

describe('hints on a capture', () => {
  it('are none for a good one', () => {
    expect(hintsOf(good)).toEqual([]);
    expect(hintsOf({ ...good, wantedSide: 'back' })).toEqual([]);
  });

  it.each([
    ['no_document', { found: false }],
    ['cut_off', { margin: -0.01 }],
    ['too_far', { pixelsPerMm: 2.5 }],
    ['blurred', { sharpness: 0.001 }],
    ['glare', { glare: 0.2 }],
    ['too_dark', { brightness: 20 }],
    ['two_documents', { documents: 2 }],
    ['wrong_side', { wantedSide: 'front', hasPortrait: false }],
    ['wrong_side', { wantedSide: 'back', hasZoneOrBarcode: false }],
  ] as const)('say %s', (hint, facts) => {
    expect(hintsOf({ ...good, ...facts })).toEqual([hint]);
    expect(captureHints[hint].length).toBeGreaterThan(20);
  });

  it('blame no side where both or neither could be meant', () => {
    expect(hintsOf({ ...good, wantedSide: 'front' })).toEqual([]);
    const unclear = { ...good, hasPortrait: false, hasZoneOrBarcode: false };
    expect(hintsOf({ ...unclear, wantedSide: 'front' })).toEqual([]);
  });
});
