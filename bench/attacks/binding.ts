import type { ChallengeScript, Track } from '../../src/features/liveness/index.ts';
import {
  findMovements,
  matchMovements,
  measureMotion,
} from '../../src/features/liveness/movement.ts';

/** Whether the movements of a recording answer a challenge; the movements are found once. */
export function answersOf(track: Track): (script: ChallengeScript) => boolean {
  // Every challenge begins with the same rest.
  const motion = measureMotion(track, 1_100);
  const events = motion ? findMovements(motion) : [];
  return ({ steps }) => {
    const { answers, unasked } = matchMovements(steps, events);
    return answers.every((answer) => answer > 0) && unasked === 0;
  };
}
