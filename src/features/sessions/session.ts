import type { Stream, TaskNode, TaskResult, Verdict } from '../checks/index.ts';
import type { WebhookAnswer } from '../workflows/index.ts';

export const sessionStatuses = [
  'not_started',
  'in_progress',
  'in_review',
  'resubmission_requested',
  'approved',
  'declined',
  'expired',
  'abandoned',
] as const;
export type SessionStatus = (typeof sessionStatuses)[number];

/** Nothing but erasure changes these any more. */
export const finalStatuses: readonly SessionStatus[] = [
  'approved',
  'declined',
  'expired',
  'abandoned',
];

/** In these, captures are taken. */
export const capturingStatuses: readonly SessionStatus[] = [
  'not_started',
  'in_progress',
  'resubmission_requested',
];

export interface StreamState {
  /** The capture that counts. */
  readonly evidence: string;
  /** Number of the capture on this stream, from 1, given out by the database. */
  readonly attempt: number;
  /** Highest attempt that will be taken. */
  readonly limit: number;
  /** Another capture is wanted, for these reason codes; null when this one stands. */
  readonly retake: readonly string[] | null;
}

export interface TaskState {
  readonly node: TaskNode;
  /** Evidence that the task works on, own and through earlier tasks. Another basis is another computation. */
  readonly basis: Readonly<Partial<Record<Stream, string>>>;
  /** Absent while it runs. */
  readonly result?: TaskResult;
}

export type WebhookState = { readonly status: 'asked' } | WebhookAnswer;

export type Outcome = 'approved' | 'declined' | 'in_review';

export interface CheckDecision extends Verdict {
  readonly node: string;
  readonly check: string;
}

export interface Decision {
  readonly outcome: Outcome;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Nodes of the workflow that were passed, in order. */
  readonly path: readonly string[];
  readonly checks: readonly CheckDecision[];
}

export interface Ruling {
  readonly id: string;
  readonly ruling: 'approved' | 'declined';
  readonly by: string;
  readonly at: number;
}

/**
 * Everything the actor knows: ids, codes, scores and times, never personal data. Plain JSON. It is stored
 * with the session's row, so that the engine's copy can be lost.
 */
export interface SessionState {
  readonly session: string;
  readonly tenant: string;
  readonly environment: 'live' | 'sandbox';
  readonly locale: string;
  readonly workflow: { readonly id: string; readonly version: number };
  /** Grows by one with every change. */
  readonly version: number;
  readonly status: SessionStatus;
  /** 1, and one more with every resubmission. */
  readonly round: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly lastActivityAt: number;
  readonly timers: readonly Timer[];
  readonly streams: Readonly<Partial<Record<Stream, StreamState>>>;
  readonly tasks: Readonly<Record<string, TaskState>>;
  readonly webhooks: Readonly<Record<string, WebhookState>>;
  readonly decision: Decision | null;
  readonly ruling: Ruling | null;
  /** Ids of rulings and resubmissions that were carried out. */
  readonly handled: readonly string[];
  readonly erased: boolean;
}

/** `expiry`: nobody came, or not in time. `idle`: begun, then left. */
export type Timer = 'expiry' | 'idle';

export type SessionEvent =
  | { readonly type: 'opened'; readonly at: number }
  | { readonly type: 'started'; readonly at: number }
  | {
      readonly type: 'evidence_received';
      readonly stream: Stream;
      readonly evidence: string;
      readonly attempt: number;
      readonly at: number;
    }
  | {
      readonly type: 'task_finished';
      readonly task: string;
      readonly basis: TaskState['basis'];
      readonly result: TaskResult;
      readonly at: number;
    }
  | {
      readonly type: 'webhook_answered';
      readonly node: string;
      readonly round: number;
      readonly answer: WebhookAnswer;
      readonly at: number;
    }
  | { readonly type: 'ruled'; readonly ruling: Ruling; readonly at: number }
  | {
      readonly type: 'resubmission_requested';
      readonly id: string;
      readonly streams: readonly Stream[];
      readonly reasons: readonly string[];
      readonly at: number;
    }
  | { readonly type: 'timer_fired'; readonly timer: Timer; readonly at: number }
  | { readonly type: 'erased'; readonly at: number };

export const publishedEvents = [
  'session.started',
  'session.retake_requested',
  'session.in_review',
  'session.resubmission_requested',
  'session.approved',
  'session.declined',
  'session.expired',
  'session.abandoned',
] as const;
export type PublishedEvent = (typeof publishedEvents)[number];

export type Effect =
  | {
      readonly type: 'run_task';
      readonly task: string;
      readonly pool: TaskNode['pool'];
      readonly basis: TaskState['basis'];
      /** Artifacts of the tasks that this one comes after, by task and kind. */
      readonly artifacts: Readonly<Record<string, Readonly<Record<string, string>>>>;
    }
  | {
      readonly type: 'call_webhook';
      readonly node: string;
      readonly round: number;
    }
  /** Comes back as `timer_fired` with this time. */
  | { readonly type: 'set_timer'; readonly timer: Timer; readonly at: number }
  | { readonly type: 'publish'; readonly event: PublishedEvent };

export interface Step {
  readonly state: SessionState;
  readonly effects: readonly Effect[];
}
