/** The door of liveness: challenges, the judge of recordings, and what a single picture can tell. */
export {
  type Challenge,
  type ChallengeRefusal,
  type ChallengeScript,
  createChallenge,
  flashColours,
  type Movement,
  type MovementStep,
  movements,
  type RandomSource,
  redeemChallenge,
  scriptOf,
} from './challenge.ts';
export {
  decidePassive,
  type LivenessDecision,
  type LivenessVerdict,
  PASSIVE_THRESHOLD,
} from './decide-passive.ts';
export { ACTIVE_THRESHOLD, type Judgement, judge } from './judge.ts';
export { addLivenessRoutes } from './liveness.routes.ts';
export { type LivenessReasonCode, livenessReasons } from './liveness-reasons.ts';
export {
  type PassiveFacts,
  type PassiveLivenessInput,
  passiveLiveness,
} from './passive-liveness.task.ts';
export type { CaptureFacts, Signals } from './signals.ts';
export { namesProgram } from './timing.ts';
export type { Track, TrackedFace, TrackFrame, TrackLook } from './track.ts';
export { type TrackFaceInput, trackFace } from './track-face.task.ts';
