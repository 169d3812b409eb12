import { type Context, service, TerminalError } from '@restatedev/restate-sdk';
import type { MessageSeal } from '../../platform/engine/message-seal.ts';
import type { TaskResult } from '../checks/index.ts';
import type { Gate } from './gate.ts';
import {
  jsonCodec,
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
  run(message: TaskMessage): Promise<TaskResult>;
}

/** A pool as a stateless service: takes references, computes, tells the session. */
export function createTaskPool({ pool, seal, gate, run }: TaskPoolDeps) {
  return service({
    name: pool,
    handlers: {
      [taskHandler]: async (ctx: Context, sealed: unknown) => {
        const message = seal.open(pool, sealed) as TaskMessage | undefined;
        if (!message) throw new TerminalError('The message is not ours', { errorCode: 401 });
        const { result, at } = await ctx.run('compute', async () => ({
          result: await gate.run(() => run(message)),
          at: Date.now(),
        }));
        const { task, basis, session, tenant } = message;
        const answer: SessionMessage = {
          tenant,
          event: { type: 'task_finished', task, basis, result, at },
        };
        ctx.genericSend({
          service: sessionObject.service,
          method: sessionObject.apply,
          key: session,
          parameter: seal.seal(sessionReceiver(session), answer),
          inputSerde: jsonCodec,
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
