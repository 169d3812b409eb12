import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeAnalysis, makeFace, straightCalibration } from '../../../test/support/faces.ts';
import { matchFaces } from './compare-faces.usecase.ts';

const models = { calibration: straightCalibration, warnings: [] };
const angle = fc.double({ min: 0, max: Math.PI / 2, noNaN: true });

describe('matchFaces', () => {
  it('compares the largest source face with every target face, most alike first', () => {
    fc.assert(
      fc.property(fc.array(angle, { minLength: 1, maxLength: 10 }), (angles) => {
        const source = makeAnalysis(makeFace({ angle: 0 }), makeFace({ width: 40, angle: 1 }));
        const target = makeAnalysis(...angles.map((a) => makeFace({ angle: a })));
        const { matches, unmatched } = matchFaces(source, target, models);
        expect(matches.length + unmatched.length).toBe(angles.length);
        const all = [...matches, ...unmatched].map(({ similarity }) => similarity);
        expect(all).toEqual([...all].sort((a, b) => b - a));
        for (const { similarity } of matches) expect(similarity).toBeGreaterThanOrEqual(80);
        for (const { similarity } of unmatched) expect(similarity).toBeLessThan(80);
      }),
    );
  });

  it('takes the threshold it is given', () => {
    const source = makeAnalysis(makeFace());
    const target = makeAnalysis(makeFace({ angle: Math.acos(0.7) }));
    expect(matchFaces(source, target, models).matches).toHaveLength(0);
    expect(matchFaces(source, target, models, { similarityThreshold: 69 }).matches).toHaveLength(1);
  });

  it('leaves target faces below the filter out, and refuses a source below it', () => {
    const poor = makeFace({ quality: { overall: 20 } });
    const both = makeAnalysis(makeFace(), poor);
    const result = matchFaces(makeAnalysis(makeFace()), both, models, { qualityFilter: 'MEDIUM' });
    expect(result.matches.length + result.unmatched.length).toBe(1);
    const compare = () => matchFaces(makeAnalysis(poor), both, models, { qualityFilter: 'HIGH' });
    expect(compare).toThrow('`source`: the face does not pass the quality filter HIGH');
  });

  it('says how wide the largest candidate was when there is no face', () => {
    const empty = { ...makeAnalysis(), widestTooSmall: 22.7 };
    expect(() => matchFaces(makeAnalysis(makeFace()), empty, models)).toThrow(
      '`target`: no face found; the largest candidate was 22 px wide, at least 30 px are needed',
    );
    expect(() => matchFaces(makeAnalysis(), empty, models)).toThrow('`source`: no face found');
  });

  it('never compares embeddings of different models', () => {
    const other = makeAnalysis(makeFace({ sha256: 'b'.repeat(64) }));
    expect(() => matchFaces(makeAnalysis(makeFace()), other, models)).toThrow('cannot be compared');
  });

  it('passes the warnings about the models on', () => {
    const { warnings } = matchFaces(makeAnalysis(makeFace()), makeAnalysis(makeFace()), {
      calibration: straightCalibration,
      warnings: ['FACE_MODEL_KNOWN_BIAS'],
    });
    expect(warnings).toEqual([{ code: 'FACE_MODEL_KNOWN_BIAS' }]);
  });
});
