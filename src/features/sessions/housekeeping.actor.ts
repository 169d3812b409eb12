import { type ObjectContext, object } from '@restatedev/restate-sdk';
import { housekeepingObject, jsonCodec } from './session-message.ts';

export interface HousekeepingDeps {
  /** Repeatable. */
  tidyUp(): Promise<number>;
  readonly everyMs: number;
}

/**
 * Regular work, once for the whole installation however many copies run: an object that calls itself after a
 * pause. Whoever starts asks for it; while the chain is alive, that changes nothing.
 */
export function createHousekeeping({ tidyUp, everyMs }: HousekeepingDeps) {
  return object({
    name: housekeepingObject.service,
    handlers: {
      [housekeepingObject.run]: async (ctx: ObjectContext, due: number) => {
        const expected = (await ctx.get<number>('due')) ?? 0;
        const now = await ctx.date.now();
        const isOurTurn = due === expected || now > expected + everyMs;
        if (!isOurTurn) return;
        await ctx.run('tidy-up', tidyUp, { maxRetryAttempts: 3 }).catch(() => 0);
        const next = now + everyMs;
        ctx.set('due', next);
        ctx.genericSend({
          service: housekeepingObject.service,
          method: housekeepingObject.run,
          key: ctx.key,
          parameter: next,
          inputSerde: jsonCodec,
          delay: everyMs,
        });
      },
    },
    options: {
      journalRetention: 0,
      idempotencyRetention: 0,
      inactivityTimeout: { minutes: 30 },
      abortTimeout: { hours: 2 },
    },
  });
}
