import type { Check, Stream } from '../checks/index.ts';
import { type KnownFacts, type WorkflowGraph, walk } from '../workflows/index.ts';
import { capturingStatuses, type SessionState } from './session.ts';
import { awaitedStreams, verdictOf } from './task-graph.ts';

/** What a session is pinned to: a published graph, and the checks that this version of the product has. */
export interface SessionPlan {
  readonly graph: WorkflowGraph;
  readonly findCheck: (id: string) => Check;
}

/** Streams of which a capture is wanted now, in the order in which the workflow needs them. */
export function wantedStreams(plan: SessionPlan, state: SessionState): readonly Stream[] {
  if (state.erased || !capturingStatuses.includes(state.status)) return [];
  return awaitedStreams(state, activeChecks(plan, state));
}

/** The walk through the graph with the verdicts that can be given so far. */
export function progress(plan: SessionPlan, state: SessionState) {
  return walk(plan.graph, factsOf(plan, state));
}

export function factsOf(plan: SessionPlan, state: SessionState): KnownFacts {
  return {
    session: { environment: state.environment, locale: state.locale },
    verdict: (id) => {
      const node = plan.graph.nodes[id];
      return node?.type === 'check'
        ? verdictOf(state, plan.findCheck(node.check), node.config)
        : undefined;
    },
    answer: (id) => {
      const webhook = state.webhooks[id];
      return webhook && webhook.status !== 'asked' ? webhook : undefined;
    },
  };
}

/** Checks whose evidence is needed and whose tasks may run. */
export function activeChecks(plan: SessionPlan, state: SessionState): readonly Check[] {
  return progress(plan, state).checks.flatMap((id) => {
    const node = plan.graph.nodes[id];
    return node?.type === 'check' ? [plan.findCheck(node.check)] : [];
  });
}
