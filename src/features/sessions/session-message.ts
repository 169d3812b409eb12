import type { NewArtifact } from './artifact.repository.ts';
import type { SessionEvent, TaskState } from './session.ts';

/** Names under which the engine knows our handlers. They outlive versions of the code. */
export const sessionObject = { service: 'session', apply: 'apply', resume: 'resume' } as const;
export const taskPools = { cpu: 'cpu', inference: 'inference' } as const;
export const taskHandler = 'run';
export const webhookService = { service: 'outgoing', call: 'call' } as const;
export const housekeepingObject = { service: 'housekeeping', run: 'run', key: 'all' } as const;
/** Outbox topic of events for sessions. */
export const sessionTopic = 'session.event';

/** What a session is told. References only: the engine keeps messages in its journal for a while. */
export interface SessionMessage {
  readonly tenant: string;
  readonly event: SessionEvent;
  /** Of the task whose end the event is. */
  readonly record?: TaskRecord;
}

/** What a task has made, to be written together with the step that takes its result. */
export interface TaskRecord {
  /** Under which the result is kept; a light task has none. */
  readonly key?: string;
  readonly artifacts: readonly NewArtifact[];
}

/** Asks a session to set off again what should be under way. */
export interface ResumeMessage {
  readonly tenant: string;
  readonly at: number;
}

export interface TaskMessage {
  readonly tenant: string;
  readonly session: string;
  readonly task: string;
  readonly basis: TaskState['basis'];
  readonly artifacts: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface WebhookMessage {
  readonly tenant: string;
  readonly session: string;
  readonly node: string;
  readonly round: number;
}

/** The receiver that a message is sealed for: a message for one session is refused by every other. */
export function sessionReceiver(session: string): string {
  return `${sessionObject.service}/${session}`;
}

/** JSON as the engine carries it; without it, generic sends take bytes only. */
export const jsonCodec = {
  contentType: 'application/json',
  serialize: (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value)),
  deserialize: (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes)),
};
