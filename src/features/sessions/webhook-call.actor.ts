import { type Context, service, TerminalError } from '@restatedev/restate-sdk';
import type { MessageSeal } from '../../platform/engine/message-seal.ts';
import type { WebhookAnswer } from '../workflows/index.ts';
import {
  jsonCodec,
  type SessionMessage,
  sessionObject,
  sessionReceiver,
  type WebhookMessage,
  webhookService,
} from './session-message.ts';

export interface WebhookCallerDeps {
  readonly seal: MessageSeal;
  call(message: WebhookMessage): Promise<WebhookAnswer>;
}

/** Carries the question of a webhook node out of the house and its answer back to the session. */
export function createWebhookCaller({ seal, call }: WebhookCallerDeps) {
  return service({
    name: webhookService.service,
    handlers: {
      [webhookService.call]: async (ctx: Context, sealed: unknown) => {
        const message = seal.open(webhookService.service, sealed) as WebhookMessage | undefined;
        if (!message) throw new TerminalError('The message is not ours', { errorCode: 401 });
        const { answer, at } = await ctx.run('call', async () => ({
          answer: await call(message),
          at: Date.now(),
        }));
        const { tenant, session, node, round } = message;
        const reply: SessionMessage = {
          tenant,
          event: { type: 'webhook_answered', node, round, answer, at },
        };
        ctx.genericSend({
          service: sessionObject.service,
          method: sessionObject.apply,
          key: session,
          parameter: seal.seal(sessionReceiver(session), reply),
          inputSerde: jsonCodec,
        });
      },
    },
    options: {
      ingressPrivate: true,
      journalRetention: 0,
      idempotencyRetention: 0,
      inactivityTimeout: { minutes: 5 },
      abortTimeout: { hours: 1 },
    },
  });
}
