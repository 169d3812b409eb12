import { attempt, type DeliveryDeps, takeDue } from './deliver.usecase.ts';
import type { WebhookId } from './webhook.ts';

export interface DeliveryLoopOptions {
  /** Attempts of this process at once. */
  readonly concurrency?: number;
  /** Of these, to one endpoint. */
  readonly perWebhook?: number;
  /** How often to look when nothing wakes the loop. */
  readonly pollMs?: number;
  /** Told what went wrong with the database or our own keys; the loop goes on. */
  readonly onError?: (error: unknown) => void;
}

export interface DeliveryLoop {
  /** Something was published: look at once. */
  wake(): void;
  readonly inFlight: number;
  /** Finishes what is in flight. */
  stop(): Promise<void>;
}

/** Delivers whatever is due until it is stopped; any number of processes may do so. */
export function startDelivery(deps: DeliveryDeps, options: DeliveryLoopOptions = {}): DeliveryLoop {
  const { concurrency = 16, perWebhook = 4, pollMs = 1_000, onError = () => {} } = options;
  const inFlight = new Map<Promise<void>, WebhookId>();
  let stopping = false;
  let wake = () => {};

  const countOf = (webhook: WebhookId) =>
    [...inFlight.values()].filter((other) => other === webhook).length;

  const startDue = async (): Promise<number> => {
    const limit = concurrency - inFlight.size;
    if (limit <= 0) return 0;
    const except = [...new Set(inFlight.values())].filter((id) => countOf(id) >= perWebhook);
    const due = await takeDue(deps, { limit, limitPerWebhook: perWebhook, except });
    for (const delivery of due) {
      const running = attempt(deps, delivery)
        .catch(onError)
        .finally(() => {
          inFlight.delete(running);
          wake();
        });
      inFlight.set(running, delivery.webhook);
    }
    return due.length;
  };

  const run = async () => {
    while (!stopping) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const started = await startDue().catch((error: unknown) => {
        onError(error);
        return 0;
      });
      if (started === 0) await Promise.race([woken, pause(pollMs)]);
    }
    await Promise.all(inFlight.keys());
  };
  const running = run();

  return {
    wake: () => wake(),
    get inFlight() {
      return inFlight.size;
    },
    async stop() {
      stopping = true;
      wake();
      await running;
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
