import { describe, expect, it } from 'vitest';
import { makeAnalysis, makeFace } from '../../../test/support/faces.ts';
import { minimumOverall, passesFilter, warnAboutFace } from './quality-filter.ts';

describe('quality filters', () => {
  it('ask for more from level to level', () => {
    const { NONE, AUTO, LOW, MEDIUM, HIGH } = minimumOverall;
    expect([NONE, LOW, MEDIUM, HIGH]).toEqual(
      [...new Set([NONE, LOW, MEDIUM, HIGH])].sort((a, b) => a - b),
    );
    expect(AUTO).toBe(LOW);
  });

  it('let a face through that reaches the level, and NONE any', () => {
    expect(passesFilter(makeFace({ quality: { overall: minimumOverall.HIGH } }), 'HIGH')).toBe(
      true,
    );
    expect(
      passesFilter(makeFace({ quality: { overall: minimumOverall.HIGH - 0.1 } }), 'HIGH'),
    ).toBe(false);
    expect(passesFilter(makeFace({ quality: { overall: 0 } }), 'NONE')).toBe(true);
  });
});

describe('warnAboutFace', () => {
  const codes = (quality: Parameters<typeof makeFace>[0] = {}) =>
    warnAboutFace(makeAnalysis(makeFace(quality)), 'selfie').map(({ code }) => code);

  it('has nothing to say about a good face', () => {
    expect(codes()).toEqual([]);
  });

  it('names what is wrong', () => {
    expect(codes({ quality: { brightness: 5 } })).toEqual(['LOW_FACE_LUMINANCE']);
    expect(codes({ quality: { brightness: 95 } })).toEqual(['HIGH_FACE_LUMINANCE']);
    expect(codes({ quality: { sharpness: 3, size: 10 } })).toEqual([
      'FACE_TOO_SMALL',
      'FACE_BLURRED',
    ]);
    expect(codes({ quality: { visible: 40, frontal: 10 } })).toEqual([
      'FACE_TURNED_AWAY',
      'FACE_CUT_OFF_OR_COVERED',
    ]);
    expect(codes({ quality: { eyesOpen: 0 } })).toEqual(['EYES_CLOSED']);
    expect(codes({ quality: { overall: 1 } })).toEqual(['LOW_FACE_QUALITY']);
  });

  it('counts a bystander, not the crowd in the distance', () => {
    const withOther = (width: number) =>
      warnAboutFace(makeAnalysis(makeFace(), makeFace({ width })), 'selfie');
    expect(withOther(60)).toEqual([{ code: 'MULTIPLE_FACES', image: 'selfie' }]);
    expect(withOther(30)).toEqual([]);
  });
});
