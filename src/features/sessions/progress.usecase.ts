import { setTimeout as sleep } from 'node:timers/promises';
import { finalStatuses, type SessionStatus } from './session.ts';

export interface Watched {
  /** Changes whenever there is something new to tell. */
  readonly version: number;
  readonly status: SessionStatus;
  readonly data: unknown;
}

const pollMs = 400;
const heartbeatMs = 15_000;

/**
 * Server-sent events (HTML standard, §9.2): one `progress` for the present state and one for each change, until
 * the session has ended. Any copy of the API can serve it, because it looks at the database.
 */
export async function* progressEvents(
  look: () => Promise<Watched>,
  signal: AbortSignal,
  everyMs = pollMs,
): AsyncGenerator<string> {
  let known = -1;
  let quietMs = 0;
  while (!signal.aborted) {
    const { version, status, data } = await look();
    if (version !== known) {
      known = version;
      quietMs = 0;
      yield `id: ${version}\nevent: progress\ndata: ${JSON.stringify(data)}\n\n`;
    } else if (quietMs >= heartbeatMs) {
      quietMs = 0;
      yield ': still here\n\n';
    }
    if (finalStatuses.includes(status)) return;
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    quietMs += everyMs;
  }
}
