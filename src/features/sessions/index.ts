/**
 * The door of sessions: a person's passage through a workflow version. `openSession` makes one, captures come
 * in by `submitEvidence`, the actor and the task pools do the rest on the engine, `orderRuling` and
 * `orderResubmission` are what humans add.
 */

export {
  type AnalyseCaptureInput,
  analyseCapture,
  type CaptureAnalysis,
} from './analyse-capture.task.ts';
export {
  type ApplyDeps,
  applyEvent,
  resumeSession,
  type SessionNotice,
} from './apply-event.usecase.ts';
export { type CallWebhookDeps, callWebhook } from './call-webhook.usecase.ts';
export { addCaptureRoutes, type CaptureRoutesOptions } from './capture.routes.ts';
export { issueLink } from './capture.usecase.ts';
export { answerQuestions, outcomeOf } from './decide.ts';
export { documentTasks } from './document-tasks.task.ts';
export { type EraseDeps, eraseSession } from './erase-session.usecase.ts';
export { faceTasks } from './face-tasks.task.ts';
export { createGate, type Gate, type GateFigures } from './gate.ts';
export { createHousekeeping } from './housekeeping.actor.ts';
export { livenessTasks } from './liveness-tasks.task.ts';
export { openSession, type SessionOrder, tell } from './open-session.usecase.ts';
export {
  type Owner,
  orderResubmission,
  orderRuling,
  requireSession,
} from './order-session.usecase.ts';
export { createPersonalBox, type PersonalBox } from './personal-box.usecase.ts';
export { ExpectedData, PersonalData } from './personal-data.ts';
export { proofTasks } from './proof-tasks.task.ts';
export { readDecision } from './read-session.usecase.ts';
export { resumeAll } from './resume-all.usecase.ts';
export { type RunTaskDeps, runTask, type TaskOutcome } from './run-task.usecase.ts';
export { createSessionActor } from './session.actor.ts';
export { addSessionRoutes, type SessionRoutesOptions } from './session.routes.ts';
export {
  type PublishedEvent,
  publishedEvents,
  type SessionEvent,
  type SessionState,
  type SessionStatus,
  sessionStatuses,
} from './session.ts';
export { feedOnce, type SessionFeed, startSessionFeed } from './session-feed.usecase.ts';
export { housekeepingObject } from './session-message.ts';
export type {
  Capture,
  MadeArtifact,
  SessionTask,
  SessionTaskInput,
  SessionTaskOutput,
} from './session-task.ts';
export { submitEvidence } from './submit-evidence.usecase.ts';
export { type ArchiveEntry, unpackTar } from './tar.ts';
export { createTaskPool } from './task-pool.actor.ts';
export { tidyUp } from './tidy-up.usecase.ts';
export { createWebhookCaller } from './webhook-call.actor.ts';
