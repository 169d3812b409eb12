import { describe, expect, it } from 'vitest';
import { embedding } from '../../../test/support/tracks.ts';
import { decidePassive } from './decide-passive.ts';
import type { PassiveFacts } from './passive-liveness.task.ts';

const facts = (change: Partial<PassiveFacts>): PassiveFacts => ({
  isVideo: false,
  frames: 1,
  framesWithFace: 1,
  mostFaces: 1,
  live: [0.9],
  identities: [],
  models: [],
  cpuMs: 0,
  ...change,
});

describe('a passive decision', () => {
  it('is the mean of the models over the frames, with the operating point at one half', () => {
    expect(decidePassive(facts({}))).toEqual({ verdict: 'live', score: 90, reasons: [] });
    expect(decidePassive(facts({ live: [0.5] })).verdict).toBe('live');
    expect(decidePassive(facts({ live: [0.4999] }))).toEqual({
      verdict: 'not_live',
      score: 49.99,
      reasons: ['PRESENTATION_ATTACK_SUSPECTED'],
    });
    const video = facts({ isVideo: true, frames: 3, framesWithFace: 3, live: [0.9, 0.2, 0.7] });
    expect(decidePassive(video).score).toBe(60);
  });

  it('without a model is no number that looks like an answer', () => {
    expect(decidePassive(facts({ live: [] }))).toEqual({
      verdict: 'inconclusive',
      score: null,
      reasons: ['PAD_MODEL_NOT_INSTALLED'],
    });
  });

  it('needs a face', () => {
    const none = facts({ framesWithFace: 0, mostFaces: 0, live: [] });
    expect(decidePassive(none)).toMatchObject({
      verdict: 'not_live',
      reasons: ['NO_FACE_DETECTED'],
    });
  });

  it('lets a picture show bystanders, a recording not', () => {
    expect(decidePassive(facts({ mostFaces: 3 })).verdict).toBe('live');
    const video = facts({ isVideo: true, mostFaces: 2 });
    expect(decidePassive(video).reasons).toEqual(['MULTIPLE_FACES_DETECTED']);
  });

  it('refuses a recording in which the face leaves or becomes another, whatever the models say', () => {
    const left = facts({ isVideo: true, frames: 8, framesWithFace: 5, live: [1, 1, 1, 1, 1] });
    expect(decidePassive(left)).toMatchObject({ verdict: 'not_live', score: 0 });
    const changed = facts({
      isVideo: true,
      frames: 3,
      framesWithFace: 3,
      identities: [embedding(0), embedding(0.02), embedding(0.9)],
    });
    expect(decidePassive(changed).reasons).toEqual(['FACE_CHANGED']);
  });
});
