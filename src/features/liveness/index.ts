/** The door of liveness: challenges, the judge of recordings, and what a single picture can tell. */
export {
  type Challenge,
  type ChallengeRefusal,
  type ChallengeScript,
  createChallenge,
  type Movement,
  type MovementStep,
  movements,
  type RandomSource,
  scriptOf,
  useChallenge,
} from './challenge.ts';
export type { Track, TrackedFace, TrackFrame } from './track.ts';
export { type TrackFaceInput, trackFace } from './track-face.task.ts';
