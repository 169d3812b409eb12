import { type ObjectContext, object, TerminalError } from '@restatedev/restate-sdk';
import type { SessionId, TenantId } from '../../core/ids.ts';
import type { MessageSeal } from '../../platform/engine/message-seal.ts';
import type { Effect, SessionEvent } from './session.ts';
import {
  jsonCodec,
  type ResumeMessage,
  type SessionMessage,
  sessionObject,
  sessionReceiver,
  type TaskMessage,
  taskHandler,
  taskPools,
  type WebhookMessage,
  webhookService,
} from './session-message.ts';

export interface SessionActorDeps {
  readonly seal: MessageSeal;
  apply(
    tenant: TenantId,
    session: SessionId,
    eventId: string,
    message: Pick<SessionMessage, 'event' | 'record'>,
  ): Promise<readonly Effect[]>;
  resume(tenant: TenantId, session: SessionId): Promise<readonly Effect[]>;
}

/**
 * The session as a virtual object: the engine hands it one event at a time. The whole step is one transaction
 * that also keeps what it set off, so that a crash before all of it was sent, even into another version of the
 * code, repeats the sending and not the step.
 */
export function createSessionActor({ seal, apply, resume }: SessionActorDeps) {
  return object({
    name: sessionObject.service,
    handlers: {
      [sessionObject.apply]: async (ctx: ObjectContext, sealed: unknown) => {
        const message = seal.open(sessionReceiver(ctx.key), sealed) as SessionMessage | undefined;
        if (!message) throw new TerminalError('The message is not ours', { errorCode: 401 });
        const { tenant, event } = message;
        const eventId = ctx.request().id;
        // Not journaled: `apply` answers the same effects whenever the engine repeats this very call.
        const effects = await apply(tenant as TenantId, ctx.key as SessionId, eventId, message);
        for (const effect of effects) carryOut(ctx, seal, tenant, effect, event.at);
      },

      /** For an engine without memory: what should be under way is set off again. */
      [sessionObject.resume]: async (ctx: ObjectContext, sealed: unknown) => {
        const message = seal.open(sessionReceiver(ctx.key), sealed) as ResumeMessage | undefined;
        if (!message) throw new TerminalError('The message is not ours', { errorCode: 401 });
        const { tenant, at } = message;
        const { effects } = await ctx.run('resume', async () => ({
          effects: await resume(tenant as TenantId, ctx.key as SessionId),
        }));
        for (const effect of effects) carryOut(ctx, seal, tenant, effect, at);
      },
    },
    options: engineOptions,
  });
}

/** Journals and answers are not kept: the database knows what happened. Retries go on until it is back. */
const engineOptions = {
  journalRetention: 0,
  idempotencyRetention: 0,
  inactivityTimeout: { minutes: 5 },
  abortTimeout: { hours: 1 },
  retryPolicy: { initialInterval: { milliseconds: 100 }, maxInterval: { seconds: 2 } },
} as const;

function carryOut(
  ctx: ObjectContext,
  seal: MessageSeal,
  tenant: string,
  effect: Effect,
  now: number,
): void {
  const session = ctx.key;
  switch (effect.type) {
    case 'run_task': {
      const { task, basis, artifacts } = effect;
      const message: TaskMessage = { tenant, session, task, basis, artifacts };
      const service = taskPools[effect.pool];
      const parameter = seal.seal(service, message);
      ctx.genericSend({ service, method: taskHandler, parameter, inputSerde: jsonCodec });
      return;
    }
    case 'call_webhook': {
      const { service, call: method } = webhookService;
      const message: WebhookMessage = { tenant, session, node: effect.node, round: effect.round };
      ctx.genericSend({
        service,
        method,
        parameter: seal.seal(service, message),
        inputSerde: jsonCodec,
      });
      return;
    }
    case 'set_timer': {
      const event: SessionEvent = { type: 'timer_fired', timer: effect.timer, at: effect.at };
      const message: SessionMessage = { tenant, event };
      ctx.genericSend({
        service: sessionObject.service,
        method: sessionObject.apply,
        key: session,
        parameter: seal.seal(sessionReceiver(session), message),
        inputSerde: jsonCodec,
        delay: Math.max(0, effect.at - now),
      });
      return;
    }
    case 'publish':
      return;
  }
}
