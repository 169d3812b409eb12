import { setTimeout as sleep } from 'node:timers/promises';
import {
  finishOutbox,
  type OutboxMessage,
  retryOutboxLater,
  takeOutbox,
} from '../../platform/db/outbox.ts';
import type { Db } from '../../platform/db/schema.ts';
import type { Invocation } from '../../platform/engine/engine-client.ts';
import type { MessageSeal } from '../../platform/engine/message-seal.ts';
import type { SessionEvent } from './session.ts';
import {
  type SessionMessage,
  sessionObject,
  sessionReceiver,
  sessionTopic,
} from './session-message.ts';

export interface SessionFeedDeps {
  readonly db: Db;
  readonly seal: MessageSeal;
  /** Returns when the engine has it for good. */
  send(invocation: Invocation): Promise<void>;
  onError?(error: unknown): void;
}

export interface SessionFeed {
  /** Something was committed: look at once. */
  kick(): void;
  /** Stops after what is under way. */
  close(): Promise<void>;
}

const idleMs = 1_000;
const batch = 64;
/** Short: what a killed process held waits for its end. A second delivery is harmless. */
const leaseMs = 5_000;

/** Carries events from the outbox to the session actors, in order for each session, at least once. */
export function startSessionFeed(deps: SessionFeedDeps): SessionFeed {
  let wake = new AbortController();
  const stop = new AbortController();

  async function run(): Promise<void> {
    let delivered: readonly OutboxMessage[] = [];
    while (!stop.signal.aborted) {
      wake = new AbortController();
      const fed = await feedOnce(deps, delivered).catch((error: unknown) => {
        deps.onError?.(error);
        return undefined;
      });
      delivered = fed?.delivered ?? delivered;
      if (fed && fed.taken > 0) continue;
      const signal = AbortSignal.any([wake.signal, stop.signal]);
      await sleep(idleMs, undefined, { signal }).catch(() => undefined);
    }
    // Delivering these once more would be harmless.
    await finishOutbox(deps.db, delivered).catch(() => undefined);
  }

  const running = run();
  return {
    kick: () => wake.abort(),
    async close() {
      stop.abort();
      await running;
    },
  };
}

/**
 * Removes what the call before has delivered and takes what is next, in one transaction; then delivers that. Go on
 * until nothing was taken: what was delivered last is removed by the call after it.
 */
export async function feedOnce(
  deps: SessionFeedDeps,
  before: readonly OutboxMessage[] = [],
): Promise<{ readonly taken: number; readonly delivered: readonly OutboxMessage[] }> {
  const options = { limit: batch, leaseMs };
  const messages = await takeOutbox(deps.db, [sessionTopic], options, before);
  const delivered = await Promise.all(
    messages.map(async (message) => ((await deliver(deps, message)) ? [message] : [])),
  );
  return { taken: messages.length, delivered: delivered.flat() };
}

async function deliver(deps: SessionFeedDeps, message: OutboxMessage): Promise<boolean> {
  const session = message.key;
  // Written by `tell` and nobody else.
  const event = message.payload.event as SessionEvent;
  const body: SessionMessage = { tenant: message.tenant, event };
  try {
    await deps.send({
      service: sessionObject.service,
      handler: sessionObject.apply,
      key: session,
      payload: deps.seal.seal(sessionReceiver(session), body),
    });
  } catch (error) {
    deps.onError?.(error);
    await retryOutboxLater(deps.db, message, 500);
    return false;
  }
  return true;
}
