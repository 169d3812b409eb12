import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type Check,
  checkOrUnavailable,
  defineCheck,
  type Stream,
  type TaskNode,
  type TaskResult,
} from '../checks/index.ts';
import { WorkflowGraph } from '../workflows/index.ts';
import { openState } from './open-state.ts';
import type { Effect, SessionEvent, SessionState, TaskState } from './session.ts';
import { advance, resume } from './session-machine.ts';
import { type SessionPlan, wantedStreams } from './session-plan.ts';

const start = 1_700_000_000_000;
const day = 86_400_000;

function fakeCheck(id: string, streams: Stream[], tasks: TaskNode[]): Check {
  return defineCheck({
    id,
    title: id,
    question: null,
    streams,
    tasks,
    config: z.strictObject({}),
    reasons: {
      BLURRED: { severity: 'warning', title: 'x' },
      FORGED: { severity: 'error', title: 'x' },
    },
    facts: {},
    evaluate: ({ results }) => {
      const codes = Object.values(results).flatMap((result) => result.codes);
      return {
        status: codes.includes('FORGED') ? 'failed' : 'passed',
        score: 90,
        reasons: codes,
        facts: {},
      };
    },
  });
}

const face: TaskNode = { name: 'face', pool: 'inference', streams: ['face'], after: [] };
const front: TaskNode = {
  name: 'front',
  pool: 'inference',
  streams: ['document_front'],
  after: [],
};
const back: TaskNode = { name: 'back', pool: 'cpu', streams: ['document_back'], after: [] };
const match: TaskNode = { name: 'match', pool: 'cpu', streams: [], after: ['face', 'front'] };
const fakes = new Map(
  [
    fakeCheck('match', ['face', 'document_front'], [face, front, match]),
    fakeCheck('back', ['document_back'], [back]),
    fakeCheck('alive', ['face'], [face]),
  ].map((check) => [check.id, check]),
);

const check = (id: string, next: string) => ({ type: 'check', check: id, next });
const determine = { type: 'decision', outcome: 'determine' };
const threeStreams: SessionPlan = {
  findCheck: (id) => fakes.get(id) ?? checkOrUnavailable(id),
  graph: WorkflowGraph.parse({
    start: 'alive',
    nodes: {
      alive: check('alive', 'match'),
      match: check('match', 'back'),
      back: check('back', 'end'),
      end: determine,
    },
  }),
};

function opened(): SessionState {
  return openState(
    {
      session: 'ses_1',
      tenant: 'ten_1',
      environment: 'live',
      locale: 'en',
      workflow: { id: 'wfl_1', version: 1 },
      expiresAt: start + 7 * day,
    },
    start,
  );
}

/** What a computation would say: the id of an evidence tells how good it is. */
function compute(task: string, basis: TaskState['basis']): TaskResult {
  const ids = Object.values(basis).join(' ');
  const is = (word: string) => ids.includes(word);
  const outcome =
    is('blurred') && task !== 'match' ? 'rejected' : is('poison') ? 'inconclusive' : 'done';
  const codes =
    outcome === 'rejected'
      ? ['BLURRED']
      : is('poison')
        ? ['TASK_CRASHED']
        : is('forged')
          ? ['FORGED']
          : [];
  return { outcome, codes, scores: {}, facts: {}, artifacts: {}, models: [] };
}

function finished(
  { task, basis }: Extract<Effect, { type: 'run_task' }>,
  at: number,
): SessionEvent {
  return { type: 'task_finished', task, basis, result: compute(task, basis), at };
}

function evidence(stream: Stream, quality = 'good', attempt = 1, at = start): SessionEvent {
  return {
    type: 'evidence_received',
    stream,
    evidence: `${stream}_${quality}_${attempt}`,
    attempt,
    at,
  };
}

/** Applies events, and the answers to what they set off, until nothing is left to do. */
function play(events: readonly SessionEvent[], from = opened(), plan = threeStreams) {
  let state = from;
  const effects: Effect[] = [];
  const queue = [...events];
  for (let event = queue.shift(); event; event = queue.shift()) {
    const step = advance(plan, state, event);
    state = step.state;
    effects.push(...step.effects);
    queue.unshift(
      ...step.effects.flatMap((e) => (e.type === 'run_task' ? [finished(e, start)] : [])),
    );
  }
  return {
    state,
    effects,
    published: effects.flatMap((e) => (e.type === 'publish' ? [e.event] : [])),
  };
}

const allThree = [evidence('face'), evidence('document_front'), evidence('document_back')];
const opening: SessionEvent = { type: 'opened', at: start };

describe('a session', () => {
  it('is approved when every check passes, and says so once', () => {
    const { state, published } = play([opening, ...allThree]);
    expect(state.status).toBe('approved');
    expect(published).toEqual(['session.started', 'session.approved']);
    expect(state.decision?.checks.map(({ node, status }) => `${node} ${status}`)).toEqual([
      'alive passed',
      'match passed',
      'back passed',
    ]);
  });

  it('starts a task the moment its inputs exist, while other captures are still missing', () => {
    const first = advance(threeStreams, opened(), evidence('face'));
    expect(first.effects).toContainEqual({
      type: 'run_task',
      task: 'face',
      pool: 'inference',
      basis: { face: 'face_good_1' },
      artifacts: {},
    });
    const { effects } = play([evidence('face'), evidence('document_front')]);
    expect(effects.flatMap((e) => (e.type === 'run_task' ? [e.task] : []))).toEqual([
      'face',
      'front',
      'match',
    ]);
  });

  it('hands artifacts of earlier tasks to later ones', () => {
    let state = play([evidence('face')]).state;
    const face = state.tasks.face;
    if (!face?.result) throw new Error('no result');
    state = {
      ...state,
      tasks: { face: { ...face, result: { ...face.result, artifacts: { embedding: 'art_1' } } } },
    };
    const { effects } = play([evidence('document_front')], state);
    expect(effects).toContainEqual(
      expect.objectContaining({
        task: 'match',
        artifacts: { face: { embedding: 'art_1' }, front: {} },
      }),
    );
  });

  it('declines a failed check, and leaves a poisoned input to a human', () => {
    const forged = play([
      evidence('document_back', 'forged'),
      evidence('face'),
      evidence('document_front'),
    ]);
    expect(forged.state.status).toBe('declined');
    const poisoned = play([
      evidence('document_back', 'poison'),
      evidence('face'),
      evidence('document_front'),
    ]);
    expect(poisoned.state.status).toBe('in_review');
    expect(poisoned.state.decision?.checks.at(-1)).toMatchObject({
      status: 'inconclusive',
      reasons: ['TASK_CRASHED'],
    });
  });

  it('never approves past a check that does not exist', () => {
    for (const outcome of ['determine', 'approved'] as const) {
      const graph = WorkflowGraph.parse({
        start: 'alive',
        nodes: {
          alive: check('alive', 'odd'),
          odd: check('mind_reading', 'end'),
          end: { type: 'decision', outcome },
        },
      });
      const { state } = play([evidence('face')], opened(), { ...threeStreams, graph });
      expect(state.status).toBe('in_review');
      expect(state.decision?.checks[1]).toMatchObject({ status: 'inconclusive' });
    }
  });

  it('asks for an unusable capture again until the attempts are used up', () => {
    const once = play([evidence('face', 'blurred')]);
    expect(once.published).toContain('session.retake_requested');
    expect(wantedStreams(threeStreams, once.state)).toContain('face');
    const thrice = play(
      [2, 3].map((n) => evidence('face', 'blurred', n)),
      once.state,
    ).state;
    expect(wantedStreams(threeStreams, thrice)).not.toContain('face');
    expect(play([evidence('face', 'good', 4)], thrice).state).toBe(thrice);
    const { state } = play([evidence('document_front'), evidence('document_back')], thrice);
    expect(state.status).toBe('in_review');
    expect(state.decision?.checks[0]?.reasons).toEqual(['EVIDENCE_UNUSABLE', 'BLURRED']);
  });

  it('takes a capture once, and none that is older than the one it has', () => {
    const { state } = play([evidence('face', 'good', 2)]);
    expect(play([evidence('face', 'good', 2), evidence('face', 'forged', 1)], state).state).toBe(
      state,
    );
  });

  it('ignores the result of a capture that was replaced', () => {
    const first = advance(threeStreams, opened(), evidence('face'));
    const second = advance(threeStreams, first.state, evidence('face', 'good', 2));
    const late = first.effects.flatMap((e) => (e.type === 'run_task' ? [finished(e, start)] : []));
    expect(late).toHaveLength(1);
    for (const event of late)
      expect(advance(threeStreams, second.state, event).state).toBe(second.state);
  });

  it('ignores everything when it is closed, except a ruling in review', () => {
    const { state } = play(allThree);
    const late: SessionEvent[] = [
      evidence('face', 'forged', 2),
      { type: 'started', at: start },
      opening,
      { type: 'timer_fired', timer: 'expiry', at: start + 30 * day },
      { type: 'resubmission_requested', id: 'r', streams: ['face'], reasons: [], at: start },
      { type: 'ruled', ruling: { id: 'rul', ruling: 'declined', by: 'key', at: start }, at: start },
    ];
    for (const event of late)
      expect(advance(threeStreams, state, event)).toEqual({ state, effects: [] });
  });
});

describe('review', () => {
  const inReview = () => play([...allThree.slice(0, 2), evidence('document_back', 'poison')]).state;
  const ruled: SessionEvent = {
    type: 'ruled',
    ruling: { id: 'rul_1', ruling: 'approved', by: 'key_1', at: start },
    at: start,
  };
  const resubmission: SessionEvent = {
    type: 'resubmission_requested',
    id: 'rsb_1',
    streams: ['document_back'],
    reasons: ['GLARE'],
    at: start + day,
  };

  it('ends with a ruling, once', () => {
    const { state, published } = play([ruled, ruled], inReview());
    expect(state.status).toBe('approved');
    expect(state.decision?.outcome).toBe('in_review');
    expect(published).toEqual(['session.approved']);
  });

  it('asks for chosen captures again, keeps the others, and decides anew', () => {
    const asked = play([resubmission, resubmission], inReview());
    expect(asked.published).toEqual(['session.resubmission_requested']);
    expect(asked.state).toMatchObject({
      status: 'resubmission_requested',
      round: 2,
      decision: null,
    });
    expect(wantedStreams(threeStreams, asked.state)).toEqual(['document_back']);
    const { state, effects } = play([evidence('document_back', 'good', 2)], asked.state);
    expect(effects.flatMap((e) => (e.type === 'run_task' ? [e.task] : []))).toEqual(['back']);
    expect(state.status).toBe('approved');
  });

  it('counts attempts anew after a resubmission', () => {
    const asked = play([resubmission], inReview()).state;
    const blurred = [2, 3, 4].map((n) => evidence('document_back', 'blurred', n));
    expect(play(blurred.slice(0, 2), asked).state.status).toBe('in_progress');
    expect(play(blurred, asked).state.status).toBe('in_review');
  });
});

describe('deadlines', () => {
  const fire = (timer: 'expiry' | 'idle', at: number): SessionEvent => ({
    type: 'timer_fired',
    timer,
    at,
  });

  it('expire a session that nobody began', () => {
    const { state, published } = play([opening, fire('expiry', start + 7 * day)]);
    expect(state.status).toBe('expired');
    expect(published).toEqual(['session.expired']);
  });

  it('call a session abandoned that was begun and left', () => {
    const begun = play([opening, evidence('face')]).state;
    expect(play([fire('idle', start + day)], begun).state.status).toBe('abandoned');
    expect(play([fire('expiry', start + 7 * day)], begun).state.status).toBe('abandoned');
  });

  it('wait again when there was life in between', () => {
    const begun = play([
      opening,
      { type: 'started', at: start },
      evidence('face', 'good', 1, start + 1_000),
    ]);
    const { state, effects } = play([fire('idle', start + day)], begun.state);
    expect(state.status).toBe('in_progress');
    expect(effects).toEqual([{ type: 'set_timer', timer: 'idle', at: start + 1_000 + day }]);
  });

  it('do not end a session whose captures are all there', () => {
    let state = advance(threeStreams, opened(), opening).state;
    for (const event of allThree) state = advance(threeStreams, state, event).state;
    const later = play(
      [fire('expiry', start + 7 * day), fire('idle', start + 7 * day)],
      state,
    ).state;
    expect(later.status).toBe('in_progress');
    expect(later.timers).toEqual(['idle']);
  });

  it('expire a resubmission to which nobody came', () => {
    const review = play([...allThree.slice(0, 2), evidence('document_back', 'poison')]).state;
    const asked = play(
      [
        {
          type: 'resubmission_requested',
          id: 'r',
          streams: ['face'],
          reasons: [],
          at: start + day,
        },
      ],
      review,
    );
    expect(play([fire('expiry', start + 7 * day)], asked.state).state.status).toBe(
      'resubmission_requested',
    );
    expect(play([fire('expiry', start + 8 * day)], asked.state).state.status).toBe('expired');
  });
});

describe('a webhook node', () => {
  const graph = WorkflowGraph.parse({
    start: 'alive',
    nodes: {
      alive: check('alive', 'ask'),
      ask: {
        type: 'webhook',
        url: 'https://risk.example/',
        answers: { risk: 'number' },
        next: 'fork',
      },
      fork: {
        type: 'branch',
        branches: [
          {
            rules: [{ field: 'webhooks.ask.answers.risk', operator: 'less_than', value: 10 }],
            next: 'yes',
          },
        ],
        else: 'no',
      },
      yes: { type: 'decision', outcome: 'approved' },
      no: { type: 'decision', outcome: 'in_review' },
    },
  });
  const plan = { ...threeStreams, graph };
  const answer = (risk: number | undefined, round = 1): SessionEvent => ({
    type: 'webhook_answered',
    node: 'ask',
    round,
    answer:
      risk === undefined
        ? { status: 'failed', answers: {} }
        : { status: 'answered', answers: { risk } },
    at: start,
  });

  it('is called once and its answer decides; silence does not approve', () => {
    const { state, effects } = play([evidence('face')], opened(), plan);
    expect(effects.filter((e) => e.type === 'call_webhook')).toEqual([
      { type: 'call_webhook', node: 'ask', round: 1 },
    ]);
    expect(play([answer(5), answer(99)], state, plan).state.status).toBe('approved');
    expect(play([answer(50)], state, plan).state.status).toBe('in_review');
    expect(play([answer(undefined)], state, plan).state.status).toBe('in_review');
    expect(play([answer(5, 2)], state, plan).state).toBe(state);
  });
});

describe('an erased session', () => {
  it('hears nothing more and has nothing under way', () => {
    const begun = play([opening, evidence('face')]).state;
    const { state } = play([{ type: 'erased', at: start }], begun);
    expect(resume(threeStreams, state)).toEqual([]);
    expect(play([...allThree, { type: 'erased', at: start }], state).state).toBe(state);
  });
});

/**
 * A person, an engine and misfortune: at each turn the next thing that happens is drawn from what may happen.
 * Crashes forget everything in flight but what the database holds (the state and undelivered captures).
 */
function live(captures: Partial<Record<Stream, readonly string[]>>, draws: readonly number[]) {
  let state = advance(threeStreams, opened(), opening).state;
  let inFlight: SessionEvent[] = [];
  let outbox: SessionEvent[] = [];
  const submitted: Partial<Record<Stream, number>> = {};
  const published: string[] = [];
  const carryOut = (effects: readonly Effect[]) => {
    for (const effect of effects) {
      if (effect.type === 'run_task') inFlight.push(finished(effect, start));
      if (effect.type === 'publish') published.push(effect.event);
    }
  };
  const apply = (event: SessionEvent) => {
    const step = advance(threeStreams, state, event);
    expect(step.state.version - state.version).toBe(step.state === state ? 0 : 1);
    state = step.state;
    carryOut(step.effects);
  };
  const crash = () => {
    state = JSON.parse(JSON.stringify(state));
    inFlight = [];
    carryOut(resume(threeStreams, state));
  };
  const turn = (draw: number) => {
    const next = wantedStreams(threeStreams, state).filter(
      (stream) => (submitted[stream] ?? 0) === (state.streams[stream]?.attempt ?? 0),
    );
    const [pick, kind] = [Math.floor(draw / 16), draw % 16];
    const stream = next[pick % Math.max(next.length, 1)];
    if (kind < 5 && stream) {
      const attempt = (submitted[stream] ?? 0) + 1;
      submitted[stream] = attempt;
      const quality = captures[stream]?.[attempt - 1] ?? 'good';
      outbox.push(evidence(stream, quality, attempt));
    } else if (kind < 8 && outbox.length > 0) {
      // In order per session, at least once.
      const [event] = outbox;
      if (event) apply(event);
      if (kind !== 7) outbox = outbox.slice(1);
    } else if (kind === 15) {
      crash();
    } else if (inFlight.length > 0) {
      const index = pick % inFlight.length;
      const [event] = inFlight.slice(index);
      if (event) apply(event);
      if (kind !== 14) inFlight = inFlight.filter((_, i) => i !== index);
    }
  };
  for (const draw of draws) turn(draw);
  for (let i = 0; i < 400 && state.status === 'in_progress'; i++) turn((i * 7) % 15);
  for (let i = 0; i < 400 && state.status === 'not_started'; i++) turn((i * 7) % 15);
  for (let i = 0; i < 400 && state.status === 'in_progress'; i++) turn((i * 7) % 15);
  return { state, published };
}

describe('whatever the order, the repetitions and the crashes', () => {
  const quality = fc.constantFrom('good', 'good', 'blurred', 'forged', 'poison');
  const captures = fc.record({
    face: fc.array(quality, { maxLength: 3 }),
    document_front: fc.array(quality, { maxLength: 3 }),
    document_back: fc.array(quality, { maxLength: 3 }),
  });

  it('a session ends with the same decision, published once', () => {
    fc.assert(
      fc.property(captures, fc.array(fc.nat(4_095), { maxLength: 120 }), (given, draws) => {
        const reference = live(given, []);
        const { state, published } = live(given, draws);
        expect(['approved', 'declined', 'in_review']).toContain(state.status);
        expect(state.decision).toEqual(reference.state.decision);
        expect(state.streams).toEqual(reference.state.streams);
        expect([...published].sort()).toEqual([...reference.published].sort());
        expect(published.filter((name) => name === `session.${state.status}`)).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
  });

  it('the state survives the database: read back, it goes on in the same way', () => {
    fc.assert(
      fc.property(captures, fc.array(fc.nat(4_095), { maxLength: 60 }), (given, draws) => {
        const { state } = live(given, draws);
        const again: SessionState = JSON.parse(JSON.stringify(state));
        expect(again).toEqual(state);
        expect(resume(threeStreams, again)).toEqual(resume(threeStreams, state));
        expect(wantedStreams(threeStreams, again)).toEqual(wantedStreams(threeStreams, state));
      }),
      { numRuns: 50 },
    );
  });
});

describe('a document of one page', () => {
  const plan: SessionPlan = {
    findCheck: checkOrUnavailable,
    graph: WorkflowGraph.parse({
      start: 'document',
      nodes: { document: check('document', 'end'), end: determine },
    }),
  };
  const done = (
    task: string,
    basis: TaskState['basis'],
    facts: TaskResult['facts'] = {},
  ): SessionEvent => ({
    type: 'task_finished',
    ...{ task, basis, at: start },
    result: { outcome: 'done', codes: [], scores: {}, facts, artifacts: {}, models: [] },
  });
  const begun = () => {
    const started = advance(plan, opened(), { type: 'started', at: start }).state;
    return advance(plan, started, evidence('document_front')).state;
  };
  const basis = { document_front: 'document_front_good_1' };

  it('needs no capture of its back, once its front is read', () => {
    expect(wantedStreams(plan, begun())).toEqual(['document_back']);
    const read = advance(plan, begun(), done('read-front', basis, { has_one_side: true }));
    expect(wantedStreams(plan, read.state)).toEqual([]);
    expect(read.effects).toMatchObject([{ type: 'run_task', task: 'assess-document', basis }]);
    const ended = advance(plan, read.state, done('assess-document', basis));
    expect(ended.state).toMatchObject({
      status: 'approved',
      decision: { checks: [{ node: 'document', status: 'passed' }] },
    });
  });

  it('is told from a card, whose back is awaited', () => {
    const read = advance(plan, begun(), done('read-front', basis, { has_one_side: false }));
    expect(wantedStreams(plan, read.state)).toEqual(['document_back']);
    expect(read.effects).toEqual([]);
    const both = advance(plan, read.state, evidence('document_back'));
    expect(both.effects).toMatchObject([{ type: 'run_task', task: 'read-back' }]);
  });

  it('is read with its back all the same when that was captured first', () => {
    const early = advance(plan, begun(), evidence('document_back')).state;
    const read = advance(plan, early, done('read-front', basis, { has_one_side: true }));
    expect(read.effects).toEqual([]);
    const back = { document_back: 'document_back_good_1' };
    const all = advance(plan, read.state, done('read-back', back));
    expect(all.effects).toMatchObject([
      { type: 'run_task', task: 'assess-document', basis: { ...basis, ...back } },
    ]);
  });
});
