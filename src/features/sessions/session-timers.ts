import {
  capturingStatuses,
  type Effect,
  finalStatuses,
  type SessionState,
  type Step,
  type Timer,
} from './session.ts';
import { type SessionPlan, wantedStreams } from './session-plan.ts';

export function arm(plan: SessionPlan, state: SessionState, timer: Timer): Step | undefined {
  if (state.timers.includes(timer) || finalStatuses.includes(state.status)) return undefined;
  const armed = { ...state, timers: [...state.timers, timer] };
  return { state: armed, effects: [setTimer(plan, armed, timer)] };
}

function deadlineOf(plan: SessionPlan, state: SessionState, timer: Timer): number {
  return timer === 'expiry'
    ? state.expiresAt
    : state.lastActivityAt + plan.graph.abandon_after_s * 1_000;
}

export function setTimer(plan: SessionPlan, state: SessionState, timer: Timer): Effect {
  return { type: 'set_timer', timer, at: deadlineOf(plan, state, timer) };
}

/** A timer that fires early was overtaken by later activity and is set again. */
export function timeOut(
  plan: SessionPlan,
  state: SessionState,
  { timer, at }: { readonly timer: Timer; readonly at: number },
): Step | undefined {
  if (!state.timers.includes(timer) || !capturingStatuses.includes(state.status)) return undefined;
  const isWaiting = wantedStreams(plan, state).length > 0;
  if (at < deadlineOf(plan, state, timer)) {
    return { state, effects: [setTimer(plan, state, timer)] };
  }
  const timers = state.timers.filter((armed) => armed !== timer);
  if (isWaiting) {
    const status = state.status === 'in_progress' ? 'abandoned' : 'expired';
    return {
      state: { ...state, status, timers: [] },
      effects: [{ type: 'publish', event: `session.${status}` }],
    };
  }
  // Only computation is outstanding. It ends by itself; should it ask for another capture, somebody must come.
  if (timer === 'expiry') return { state: { ...state, timers }, effects: [] };
  const later: SessionState = { ...state, lastActivityAt: at };
  return { state: later, effects: [setTimer(plan, later, timer)] };
}
