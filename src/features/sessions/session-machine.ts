import type { Stream } from '../checks/index.ts';
import { defaultMaxAttempts } from '../workflows/index.ts';
import { outcomeOf } from './decide.ts';
import {
  capturingStatuses,
  type Effect,
  finalStatuses,
  type SessionEvent,
  type SessionState,
  type Step,
  type StreamState,
} from './session.ts';
import { activeChecks, factsOf, progress, type SessionPlan } from './session-plan.ts';
import { arm, setTimer, timeOut } from './session-timers.ts';
import { isSameBasis, readyTasks, resultOf, tasksOf } from './task-graph.ts';

type EventOf<Type extends SessionEvent['type']> = Extract<SessionEvent, { type: Type }>;

/**
 * The story of a session. Pure and total: an event that does not fit the state, because it comes twice, late
 * or from a superseded computation, changes nothing. Every change raises `version` by one.
 */
export function advance(plan: SessionPlan, state: SessionState, event: SessionEvent): Step {
  const step = state.erased ? undefined : apply(plan, state, event);
  if (!step) return { state, effects: [] };
  const settled = step.state.status === 'in_progress' ? settle(plan, step, event.at) : step;
  return { ...settled, state: { ...settled.state, version: state.version + 1 } };
}

/** What must be under way in this state; for an engine that lost its own memory. */
export function resume(plan: SessionPlan, state: SessionState): readonly Effect[] {
  if (state.erased || finalStatuses.includes(state.status)) return [];
  return [
    ...state.timers.map((timer) => setTimer(plan, state, timer)),
    ...Object.values(state.tasks)
      .filter(({ result }) => !result)
      .map(({ node, basis }) => runTask(state, node, basis)),
    ...Object.entries(state.webhooks)
      .filter(([, { status }]) => status === 'asked')
      .map(([node]): Effect => ({ type: 'call_webhook', node, round: state.round })),
  ];
}

function apply(plan: SessionPlan, state: SessionState, event: SessionEvent): Step | undefined {
  switch (event.type) {
    case 'opened':
      return arm(plan, state, 'expiry');
    case 'started':
      return state.status === 'not_started' ? begin(plan, state, event.at) : undefined;
    case 'evidence_received':
      return takeEvidence(plan, state, event);
    case 'task_finished':
      return takeResult(state, event);
    case 'webhook_answered':
      return takeAnswer(state, event);
    case 'ruled':
      return rule(state, event);
    case 'resubmission_requested':
      return askAgain(plan, state, event);
    case 'timer_fired':
      return timeOut(plan, state, event);
    case 'erased':
      return { state: { ...state, erased: true }, effects: [] };
  }
}

/** A sign of life: the session is in progress, from whatever it waited in. */
function begin(plan: SessionPlan, state: SessionState, at: number): Step {
  const begun: SessionState = { ...state, status: 'in_progress', lastActivityAt: at };
  const armed = arm(plan, begun, 'idle') ?? { state: begun, effects: [] };
  const isFirst = state.status === 'not_started';
  return {
    state: armed.state,
    effects: [
      ...armed.effects,
      ...(isFirst ? [{ type: 'publish', event: 'session.started' } as const] : []),
    ],
  };
}

function takeEvidence(
  plan: SessionPlan,
  state: SessionState,
  { stream, evidence, attempt, at }: EventOf<'evidence_received'>,
): Step | undefined {
  const last = state.streams[stream];
  const limit = last?.limit ?? maxAttempts(plan, stream);
  const isTaken = capturingStatuses.includes(state.status) && attempt <= limit;
  if (!isTaken || attempt <= (last?.attempt ?? 0)) return undefined;
  const begun = begin(plan, state, at);
  return {
    ...begun,
    state: {
      ...begun.state,
      streams: { ...state.streams, [stream]: { evidence, attempt, limit, retake: null } },
    },
  };
}

function takeResult(state: SessionState, event: EventOf<'task_finished'>): Step | undefined {
  const task = state.tasks[event.task];
  const isAwaited = task && !task.result && isSameBasis(task.basis, event.basis);
  if (!isAwaited) return undefined;
  const tasks = { ...state.tasks, [event.task]: { ...task, result: event.result } };
  return { state: { ...state, tasks }, effects: [] };
}

function takeAnswer(
  state: SessionState,
  { node, round, answer }: EventOf<'webhook_answered'>,
): Step | undefined {
  if (round !== state.round || state.webhooks[node]?.status !== 'asked') return undefined;
  return { state: { ...state, webhooks: { ...state.webhooks, [node]: answer } }, effects: [] };
}

function rule(state: SessionState, { ruling }: EventOf<'ruled'>): Step | undefined {
  const isOpen = state.status === 'in_review' || state.status === 'resubmission_requested';
  if (!isOpen || state.handled.includes(ruling.id)) return undefined;
  return {
    state: {
      ...state,
      status: ruling.ruling,
      ruling,
      handled: [...state.handled, ruling.id],
    },
    effects: [{ type: 'publish', event: `session.${ruling.ruling}` }],
  };
}

function askAgain(
  plan: SessionPlan,
  state: SessionState,
  event: EventOf<'resubmission_requested'>,
): Step | undefined {
  const isNew = state.status === 'in_review' && !state.handled.includes(event.id);
  const chosen = event.streams.filter((stream) => state.streams[stream]);
  if (!isNew || chosen.length === 0) return undefined;
  const streams: Partial<Record<Stream, StreamState>> = { ...state.streams };
  for (const stream of chosen) {
    const last = state.streams[stream];
    if (!last) continue;
    const limit = last.attempt + maxAttempts(plan, stream);
    streams[stream] = { ...last, limit, retake: event.reasons };
  }
  const reopened: SessionState = {
    ...state,
    status: 'resubmission_requested',
    round: state.round + 1,
    expiresAt: event.at + plan.graph.expires_after_s * 1_000,
    lastActivityAt: event.at,
    timers: ['expiry'],
    streams,
    webhooks: {},
    decision: null,
    handled: [...state.handled, event.id],
  };
  return {
    state: reopened,
    effects: [
      setTimer(plan, reopened, 'expiry'),
      { type: 'publish', event: 'session.resubmission_requested' },
    ],
  };
}

/** Starts what can start, asks for what is unusable, and decides when nothing is left to do. */
function settle(plan: SessionPlan, step: Step, at: number): Step {
  const asked = askForRetakes(plan, step.state);
  const { checks, position, path } = progress(plan, asked.state);
  const nodes = tasksOf(activeChecks(plan, asked.state));
  const ready = readyTasks(asked.state, nodes);
  let state: SessionState = {
    ...asked.state,
    tasks: {
      ...asked.state.tasks,
      ...Object.fromEntries(ready.map(({ node, basis }) => [node.name, { node, basis }])),
    },
  };
  const effects: Effect[] = [
    ...step.effects,
    ...asked.effects,
    ...ready.map(({ node, basis }) => runTask(state, node, basis)),
  ];
  if (position.at === 'webhook' && !state.webhooks[position.node]) {
    state = { ...state, webhooks: { ...state.webhooks, [position.node]: { status: 'asked' } } };
    effects.push({ type: 'call_webhook', node: position.node, round: state.round });
  }
  if (position.at === 'decision') {
    const facts = factsOf(plan, state);
    const verdicts = checks.flatMap((id) => {
      const node = plan.graph.nodes[id];
      const verdict = facts.verdict(id);
      return verdict && node?.type === 'check' ? [{ ...verdict, node: id, check: node.check }] : [];
    });
    const outcome = outcomeOf(position.outcome, verdicts);
    state = {
      ...state,
      status: outcome,
      timers: [],
      decision: { outcome, at, path, checks: verdicts },
    };
    effects.push({ type: 'publish', event: `session.${outcome}` });
  }
  return { state, effects };
}

function askForRetakes(plan: SessionPlan, state: SessionState): Step {
  const nodes = tasksOf(activeChecks(plan, state));
  const streams: Partial<Record<Stream, StreamState>> = { ...state.streams };
  let isAsked = false;
  for (const node of nodes) {
    const result = resultOf(state, nodes, node.name);
    if (result?.outcome !== 'rejected') continue;
    for (const stream of node.streams) {
      const captured = streams[stream];
      if (!captured || captured.retake || captured.attempt >= captured.limit) continue;
      streams[stream] = { ...captured, retake: result.codes };
      isAsked = true;
    }
  }
  return {
    state: { ...state, streams },
    effects: isAsked ? [{ type: 'publish', event: 'session.retake_requested' }] : [],
  };
}

function maxAttempts(plan: SessionPlan, stream: Stream): number {
  return plan.graph.max_attempts[stream] ?? defaultMaxAttempts;
}

function runTask(
  state: SessionState,
  node: { name: string; pool: 'cpu' | 'inference'; after: readonly string[] },
  basis: SessionState['tasks'][string]['basis'],
): Effect {
  const artifacts = Object.fromEntries(
    node.after.map((name) => [name, state.tasks[name]?.result?.artifacts ?? {}]),
  );
  return { type: 'run_task', task: node.name, pool: node.pool, basis, artifacts };
}
