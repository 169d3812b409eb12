import { type KnownFacts, readField } from './fields.ts';
import { branchHolds } from './rules.ts';
import type { DecisionOutcome, WorkflowGraph, WorkflowNode } from './workflow.ts';

/** Where the graph stands with what is known. */
export type Position =
  | { readonly at: 'waiting' }
  | { readonly at: 'webhook'; readonly node: string }
  | { readonly at: 'decision'; readonly node: string; readonly outcome: DecisionOutcome };

export interface Walk {
  /** Nodes passed so far, in order. */
  readonly path: readonly string[];
  /** Check nodes on the path: their evidence is needed and their tasks may start. */
  readonly checks: readonly string[];
  readonly position: Position;
}

/**
 * Follows the graph as far as the facts allow. A check does not hold the walk up: whatever certainly lies on
 * the path can start at once. A branch waits for the nodes that it reads; a webhook and a decision wait for
 * every check before them.
 */
export function walk(graph: WorkflowGraph, facts: KnownFacts): Walk {
  const path: string[] = [];
  const checks: string[] = [];
  let id = graph.start;
  for (;;) {
    const node = graph.nodes[id];
    // A published graph has neither dead ends nor cycles; should one occur, a human decides.
    if (!node || path.includes(id)) {
      return { path, checks, position: { at: 'decision', node: id, outcome: 'in_review' } };
    }
    path.push(id);
    if (node.type === 'check') checks.push(id);
    const step = pass(id, node, facts, { path, checks });
    if (typeof step !== 'string') return { path, checks, position: step };
    id = step;
  }
}

interface Passed {
  readonly path: readonly string[];
  readonly checks: readonly string[];
}

/** The next node, or why the walk ends here for now. */
function pass(
  id: string,
  node: WorkflowNode,
  facts: KnownFacts,
  { path, checks }: Passed,
): string | Position {
  const waiting: Position = { at: 'waiting' };
  const areDone = checks.every((check) => facts.verdict(check));
  switch (node.type) {
    case 'check':
      return node.next;
    case 'branch':
      return branch(node, facts, path) ?? waiting;
    case 'webhook':
      if (facts.answer(id)) return node.next;
      return areDone ? { at: 'webhook', node: id } : waiting;
    case 'decision':
      return areDone ? { at: 'decision', node: id, outcome: node.outcome } : waiting;
  }
}

function branch(
  node: Extract<WorkflowNode, { type: 'branch' }>,
  facts: KnownFacts,
  path: readonly string[],
): string | undefined {
  const fields = node.branches.flatMap(({ rules }) => rules.map(({ field }) => field));
  if (!fields.every((field) => isSettled(field, facts, path))) return undefined;
  const taken = node.branches.find((candidate) =>
    branchHolds(candidate, (field) => readField(facts, field)),
  );
  return taken?.next ?? node.else;
}

/** A node that is not on the path will never answer, so nobody waits for it. */
function isSettled(field: string, facts: KnownFacts, path: readonly string[]): boolean {
  const [root, node = ''] = field.split('.');
  if (root === 'session' || !path.includes(node)) return true;
  return (root === 'checks' ? facts.verdict(node) : facts.answer(node)) !== undefined;
}
