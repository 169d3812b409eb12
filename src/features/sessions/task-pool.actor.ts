import { type Context, service, TerminalError } from '@restatedev/restate-sdk';
import type { Invocation } from '../../platform/engine/engine-client.ts';
import type { MessageSeal } from '../../platform/engine/message-seal.ts';
import type { Gate } from './gate.ts';
import type { TaskOutcome } from './run-task.usecase.ts';
import {
  type SessionMessage,
  sessionObject,
  sessionReceiver,
  type TaskMessage,
  taskHandler,
  type taskPools,
} from './session-message.ts';

export interface TaskPoolDeps {
  readonly pool: keyof typeof taskPools;
  readonly seal: MessageSeal;
  /** As many at a time as this machine can compute; the rest waits here, not in the processes. */
  readonly gate: Gate;
  run(message: TaskMessage): Promise<TaskOutcome>;
  /** Hands a message to the engine; durable when it resolves. */
  tell(invocation: Invocation): Promise<void>;
}

/**
 * A pool as a stateless service: takes references, computes, tells the session. Nothing is journaled: a call that is
 * repeated before the session has taken the result computes again, and a session that is told twice takes it once.
 * Steps in the engine's journal would make a second request of every task where calls cannot be streamed (HTTP/1.1,
 * functions).
 */
export function createTaskPool({ pool, seal, gate, run, tell }: TaskPoolDeps) {
  return service({
    name: pool,
    handlers: {
      [taskHandler]: async (_ctx: Context, sealed: unknown) => {
        const message = seal.open(pool, sealed) as TaskMessage | undefined;
        if (!message) throw new TerminalError('The message is not ours', { errorCode: 401 });
        const { result, record } = await gate.run(() => run(message));
        const { task, basis, session, tenant } = message;
        const answer: SessionMessage = {
          tenant,
          event: { type: 'task_finished', task, basis, result, at: Date.now() },
          ...(record && { record }),
        };
        await tell({
          service: sessionObject.service,
          handler: sessionObject.apply,
          key: session,
          payload: seal.seal(sessionReceiver(session), answer),
        });
      },
    },
    options: {
      ingressPrivate: true,
      journalRetention: 0,
      idempotencyRetention: 0,
      // Waiting in the gate is not hanging: an abort would compute everything twice.
      inactivityTimeout: { hours: 12 },
      abortTimeout: { hours: 12 },
      retryPolicy: { initialInterval: { milliseconds: 200 }, maxInterval: { seconds: 5 } },
    },
  });
}
