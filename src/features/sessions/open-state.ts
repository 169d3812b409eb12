import type { SessionState } from './session.ts';

/** The state of a session that was just created. Version 0 is what its row starts with. */
export function openState(
  facts: Pick<
    SessionState,
    'session' | 'tenant' | 'environment' | 'locale' | 'workflow' | 'expiresAt'
  >,
  now: number,
): SessionState {
  return {
    ...facts,
    version: 0,
    status: 'not_started',
    round: 1,
    lastActivityAt: now,
    timers: [],
    streams: {},
    tasks: {},
    webhooks: {},
    decision: null,
    ruling: null,
    handled: [],
    erased: false,
  };
}
