import { describe, expect, it } from 'vitest';
import type { TaskResult } from '../check.ts';
import { liveness } from './check.ts';

const result = (more: Partial<TaskResult>): TaskResult => ({
  outcome: 'done',
  codes: [],
  scores: {},
  facts: {},
  artifacts: {},
  models: [],
  ...more,
});

function verdictOn(
  judged: Partial<TaskResult>,
  face: Partial<TaskResult> | undefined,
  config = {},
) {
  return liveness.evaluate({
    config,
    environment: 'live',
    results: {
      'judge-liveness': result(judged),
      ...(face && { 'analyse-face': result(face) }),
    },
  });
}

describe('the check `liveness`', () => {
  it.each([
    [80, 'passed'],
    [50, 'passed'],
    [49.9, 'review'],
    [25, 'review'],
    [24.9, 'failed'],
  ])('makes of a score of %s: %s', (active, status) => {
    expect(verdictOn({ scores: { active } }, {})).toMatchObject({ status, score: active });
  });

  it('does not depend on the pictures that are made for humans', () => {
    const judged = { scores: { active: 80 } };
    for (const face of [undefined, { outcome: 'rejected' }, { outcome: 'inconclusive' }] as const) {
      expect(verdictOn(judged, face && { ...face, codes: ['X'] }).status).toBe('passed');
    }
    expect(verdictOn({ ...judged, outcome: 'inconclusive' }, {}).status).toBe('inconclusive');
  });

  it('asks a human where a model doubts what the challenge does not', () => {
    const judged = {
      scores: { active: 90 },
      facts: { passive_reasons: 'PRESENTATION_ATTACK_SUSPECTED' },
    };
    expect(verdictOn(judged, {})).toMatchObject({
      status: 'review',
      reasons: ['PRESENTATION_ATTACK_SUSPECTED'],
    });
    expect(verdictOn(judged, {}, { second_opinion: 'ignore' }).status).toBe('passed');
  });

  it('cannot say without an answer to a challenge', () => {
    expect(verdictOn({}, {})).toMatchObject({
      status: 'inconclusive',
      score: null,
      reasons: ['CHALLENGE_UNANSWERED'],
    });
  });
});
