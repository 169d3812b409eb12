import { describe, expect, it } from 'vitest';
import type { SessionState } from '../sessions/index.ts';
import { toLivenessOutcome } from './face-liveness.ts';

type Check = NonNullable<SessionState['decision']>['checks'][number];

function state(status: SessionState['status'], check?: Partial<Check>): SessionState {
  const liveness = { node: 'liveness', check: 'liveness', facts: {}, reasons: [], ...check };
  const decision = { outcome: 'approved', at: 0, path: [], checks: [liveness] };
  return { status, tasks: {}, decision: check ? decision : null } as unknown as SessionState;
}

describe('a session in the words of Face Liveness', () => {
  it.each([
    ['not_started', 'CREATED'],
    ['in_progress', 'IN_PROGRESS'],
    ['expired', 'EXPIRED'],
    ['abandoned', 'EXPIRED'],
  ] as const)('that is %s is %s', (status, expected) => {
    expect(toLivenessOutcome(state(status))).toEqual({
      status: expected,
      confidence: null,
      feedback: [],
    });
  });

  it.each([
    ['passed', 83, 83],
    ['failed', 12, 12],
    ['review', 40, 40],
    // A doubt that the score does not show.
    ['review', 90, 49.99],
  ] as const)('with a check that %s at %s has confidence %s', (status, score, confidence) => {
    const outcome = toLivenessOutcome(state('in_review', { status, score }));
    expect(outcome).toMatchObject({ status: 'SUCCEEDED', confidence });
  });

  it('of which nothing could be judged has failed', () => {
    const outcome = toLivenessOutcome(state('in_review', { status: 'inconclusive', score: null }));
    expect(outcome).toMatchObject({ status: 'FAILED', confidence: null });
  });

  it('says once what the person can do better', () => {
    const reasons = ['FACE_LEFT', 'NO_FACE_DETECTED', 'RECORDING_INCOMPLETE', 'FLAT_FACE'];
    const { feedback } = toLivenessOutcome(
      state('declined', { status: 'failed', score: 0, reasons }),
    );
    expect(feedback).toEqual(['FACE_NOT_VISIBLE', 'LOW_VIDEO_QUALITY_DETECTED']);
  });
});
