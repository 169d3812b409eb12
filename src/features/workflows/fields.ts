import {
  type Check,
  type CheckStatus,
  checkStatuses,
  type Fact,
  type FactKind,
  type Verdict,
} from '../checks/index.ts';
import type { WorkflowGraph } from './workflow.ts';

/**
 * Fields that a rule may read. None of them holds personal data:
 *   session.environment, session.locale
 *   checks.<node>.status, .score, .reasons, .facts.<name>
 *   webhooks.<node>.status (answered | failed), .answers.<name>
 */
export interface Field {
  readonly kind: FactKind | 'list';
  /** The node that must lie before the rule on every path; none for facts of the session. */
  readonly node?: string;
  /** Closed set of values, where there is one. */
  readonly values?: readonly string[];
}

export type FieldValue = Fact | readonly string[] | null | undefined;

export interface WebhookAnswer {
  readonly status: 'answered' | 'failed';
  readonly answers: Readonly<Record<string, Fact>>;
}

/** What the interpreter knows so far; `undefined` means that the node has no result yet. */
export interface KnownFacts {
  readonly session: { readonly environment: 'live' | 'sandbox'; readonly locale: string };
  verdict(node: string): Verdict | undefined;
  answer(node: string): WebhookAnswer | undefined;
}

export type FindCheck = (id: string) => Check | undefined;

export function describeField(
  graph: WorkflowGraph,
  findCheck: FindCheck,
  path: string,
): Field | undefined {
  const [root, name = '', ...rest] = path.split('.');
  if (root === 'session') return rest.length === 0 ? sessionFields[name] : undefined;
  const node = graph.nodes[name];
  if (root === 'checks' && node?.type === 'check') {
    const field = checkField(findCheck(node.check), rest);
    return field && { ...field, node: name };
  }
  if (root === 'webhooks' && node?.type === 'webhook') {
    const field = webhookField(node.answers, rest);
    return field && { ...field, node: name };
  }
  return undefined;
}

export function readField(facts: KnownFacts, path: string): FieldValue {
  const [root, name = '', part, fact = ''] = path.split('.');
  if (root === 'session') {
    return name === 'environment' ? facts.session.environment : facts.session.locale;
  }
  if (root === 'webhooks') {
    const answer = facts.answer(name);
    return part === 'status' ? answer?.status : answer?.answers[fact];
  }
  const verdict = facts.verdict(name);
  switch (part) {
    case 'status':
      return verdict?.status;
    case 'score':
      return verdict?.score;
    case 'reasons':
      return verdict?.reasons;
    default:
      return verdict?.facts[fact];
  }
}

const sessionFields: Readonly<Record<string, Field>> = {
  environment: { kind: 'string', values: ['live', 'sandbox'] },
  locale: { kind: 'string' },
};

const statuses: readonly CheckStatus[] = checkStatuses;

function checkField(
  check: Check | undefined,
  [part, fact, ...more]: readonly string[],
): Field | undefined {
  if (more.length > 0) return undefined;
  if (part === 'facts' && fact !== undefined) {
    const kind = check?.facts[fact];
    return kind && { kind };
  }
  if (fact !== undefined) return undefined;
  if (part === 'status') return { kind: 'string', values: statuses };
  if (part === 'score') return { kind: 'number' };
  return part === 'reasons' ? { kind: 'list' } : undefined;
}

function webhookField(
  answers: Readonly<Record<string, FactKind>>,
  [part, name, ...more]: readonly string[],
): Field | undefined {
  if (part === 'status' && name === undefined) {
    return { kind: 'string', values: ['answered', 'failed'] };
  }
  const kind = part === 'answers' && more.length === 0 ? answers[name ?? ''] : undefined;
  return kind && { kind };
}
