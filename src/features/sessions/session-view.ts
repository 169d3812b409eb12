import type { z } from 'zod';
import {
  type Check,
  describeReason,
  type Stream,
  streams,
  streamsOf,
  type Verdict,
} from '../checks/index.ts';
import { defaultMaxAttempts } from '../workflows/index.ts';
import { answerQuestions } from './decide.ts';
import type { PersonalData } from './personal-data.ts';
import type { SessionState } from './session.ts';
import { factsOf, progress, type SessionPlan, wantedStreams } from './session-plan.ts';
import type {
  CheckJson,
  DecisionJson,
  ReasonJson,
  SessionJson,
  StreamJson,
} from './session-schemas.ts';
import { resultOf } from './task-graph.ts';

/** What the API shows of a session: pure functions of its state. */

/** The parts of a row that are shown; without the person's data when they are erased. */
export interface ShownSession {
  readonly id: string;
  readonly environment: 'live' | 'sandbox';
  readonly state: SessionState;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly endedAt: Date | null;
  readonly erasedAt: Date | null;
}

export function toSessionJson(
  row: ShownSession,
  plan: SessionPlan,
  personal: PersonalData | undefined,
): z.infer<typeof SessionJson> {
  const { state } = row;
  return {
    id: row.id,
    status: state.status,
    environment: row.environment,
    workflow: { ...state.workflow },
    reference: personal?.reference ?? null,
    metadata: personal?.metadata ?? null,
    callback: personal?.callback ?? null,
    locale: state.locale,
    round: state.round,
    streams: row.erasedAt ? [] : toStreamsJson(plan, state),
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    expires_at: new Date(state.expiresAt).toISOString(),
    ended_at: row.endedAt?.toISOString() ?? null,
    erased_at: row.erasedAt?.toISOString() ?? null,
  };
}

/** Streams that were captured or are wanted. */
export function toStreamsJson(
  plan: SessionPlan,
  state: SessionState,
): z.infer<typeof StreamJson>[] {
  const wanted = wantedStreams(plan, state);
  const shown = new Set<Stream>([...wanted, ...(Object.keys(state.streams) as Stream[])]);
  const checks = plannedChecks(plan).map(({ check }) => check);
  return streams
    .filter((stream) => shown.has(stream))
    .map((stream) => {
      const captured = state.streams[stream];
      const attempts = captured?.attempt ?? 0;
      const limit = captured?.limit ?? plan.graph.max_attempts[stream] ?? defaultMaxAttempts;
      const owner = checks.find((check) => streamsOf(check).includes(stream));
      return {
        stream,
        state: wanted.includes(stream) ? ('wanted' as const) : ('received' as const),
        attempts,
        attempts_left: Math.max(0, limit - attempts),
        reasons: (captured?.retake ?? []).map((code) => toReasonJson(owner, code)),
      };
    });
}

/** A row of the evidence table, as far as it is shown. */
export interface ShownEvidence {
  readonly id: string;
  readonly stream: Stream;
  readonly attempt: number;
  readonly sha256: string;
  readonly contentType: string;
}

export type DecisionParts = Pick<
  z.infer<typeof DecisionJson>,
  'session_id' | 'status' | 'workflow' | 'outcome' | 'decided_at' | 'path' | 'questions' | 'checks'
>;

/** The decision, or what can be said so far: checks that are not finished are `pending`. */
export function toDecisionJson(
  plan: SessionPlan,
  state: SessionState,
  evidence: readonly ShownEvidence[],
): DecisionParts {
  const { decision } = state;
  const walked = progress(plan, state);
  const facts = factsOf(plan, state);
  const nodes = decision ? decision.checks.map(({ node }) => node) : walked.checks;
  const decided = new Map(decision?.checks.map((check) => [check.node, check]));
  const checks = plannedChecks(plan)
    .filter(({ node }) => nodes.includes(node))
    .map(({ node, check }) => ({
      node,
      check,
      verdict: decided.get(node) ?? facts.verdict(node),
    }));
  const answers = answerQuestions(
    checks.map(({ node, check, verdict }) => ({
      ...(verdict ?? pending),
      node,
      question: check.question,
    })),
  );
  const checkOf = (node: string) => checks.find((shown) => shown.node === node)?.check;
  return {
    session_id: state.session,
    status: state.status,
    workflow: { ...state.workflow },
    outcome: decision?.outcome ?? null,
    decided_at: decision ? new Date(decision.at).toISOString() : null,
    path: [...(decision?.path ?? walked.path)],
    questions: answers.map(({ question, answer, checks: speaking, reasons }) => ({
      question,
      answer,
      checks: [...speaking],
      reasons: reasons.map((code) => toReasonJson(checkOf(speaking[0] ?? ''), code)),
    })),
    checks: checks.map(({ node, check, verdict }) =>
      toCheckJson(state, node, check, verdict, evidence),
    ),
  };
}

const pending: Verdict = { status: 'inconclusive', score: null, reasons: [], facts: {} };

function toCheckJson(
  state: SessionState,
  node: string,
  check: Check,
  verdict: Verdict | undefined,
  evidence: readonly ShownEvidence[],
): z.infer<typeof CheckJson> {
  const used = new Set(streamsOf(check).map((stream) => state.streams[stream]?.evidence));
  return {
    node,
    check: check.id,
    title: check.title,
    status: verdict?.status ?? 'pending',
    score: verdict?.score ?? null,
    reasons: (verdict?.reasons ?? []).map((code) => toReasonJson(check, code)),
    facts: { ...verdict?.facts },
    evidence: evidence
      .filter(({ id }) => used.has(id))
      .map(({ id, stream, attempt, sha256, contentType }) => ({
        id,
        stream,
        attempt,
        sha256,
        content_type: contentType,
      })),
    tasks: check.tasks.map(({ name }) => {
      const result = resultOf(state, check.tasks, name);
      return {
        name,
        outcome: result?.outcome ?? ('pending' as const),
        codes: [...(result?.codes ?? [])],
        scores: { ...result?.scores },
        facts: { ...result?.facts },
        models: [...(result?.models ?? [])],
      };
    }),
  };
}

function toReasonJson(check: Check | undefined, code: string): z.infer<typeof ReasonJson> {
  const { severity, title } = check
    ? describeReason(check, code)
    : { severity: 'warning' as const, title: code };
  return { code, severity, title };
}

function plannedChecks({ graph, findCheck }: SessionPlan) {
  return Object.entries(graph.nodes).flatMap(([node, { type, ...rest }]) =>
    type === 'check' && 'check' in rest ? [{ node, check: findCheck(rest.check) }] : [],
  );
}
