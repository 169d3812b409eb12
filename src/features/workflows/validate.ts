import { streamsOf } from '../checks/index.ts';
import { describeField, type FindCheck } from './fields.ts';
import { ruleFault } from './rule-fault.ts';
import { WorkflowGraph, type WorkflowNode } from './workflow.ts';

export type WorkflowFault =
  | 'malformed'
  | 'missing_target'
  | 'unreachable_node'
  | 'cycle'
  | 'unknown_check'
  | 'check_config_invalid'
  | 'impossible_evidence'
  | 'unknown_field'
  | 'field_never_set'
  | 'value_mismatch'
  | 'approval_without_check';

/** `pointer` is a JSON pointer (RFC 6901) into the graph. */
export interface WorkflowIssue {
  readonly code: WorkflowFault;
  readonly pointer: string;
  readonly detail: string;
}

export interface Validation {
  /** Present when the graph has the right shape, with all defaults filled in. */
  readonly graph?: WorkflowGraph;
  /** Empty: may be published. */
  readonly issues: readonly WorkflowIssue[];
}

export function validateWorkflow(input: unknown, findCheck: FindCheck): Validation {
  const parsed = WorkflowGraph.safeParse(input);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => ({
      code: 'malformed' as const,
      pointer: pointer(...path.map(String)),
      detail: message,
    }));
    return { issues };
  }
  const graph = parsed.data;
  const targets = missingTargets(graph);
  if (targets.length > 0) return { graph, issues: targets };
  const order = topologicalOrder(graph);
  if (!order) return { graph, issues: [cycleIssue(graph)] };
  const before = certainBefore(graph, order);
  const issues = [
    ...Object.keys(graph.nodes)
      .filter((id) => !order.includes(id))
      .map((id) => issue('unreachable_node', id, [], `No path leads to \`${id}\``)),
    ...Object.entries(graph.nodes).flatMap(([id, node]) => [
      ...checkIssues(graph, findCheck, id, node),
      ...ruleIssues(graph, findCheck, id, node, before.get(id)),
      ...approvalIssues(graph, id, node, before.get(id)),
    ]),
  ];
  return { graph, issues };
}

type Exit = readonly [at: readonly string[], target: string];

/** Ids that a node leads to, with where in the node that is said. */
function exits(node: WorkflowNode): readonly Exit[] {
  switch (node.type) {
    case 'decision':
      return [];
    case 'branch':
      return [
        ...node.branches.map(({ next }, i): Exit => [['branches', String(i), 'next'], next]),
        [['else'], node.else],
      ];
    default:
      return [[['next'], node.next]];
  }
}

function missingTargets(graph: WorkflowGraph): WorkflowIssue[] {
  const issues: WorkflowIssue[] = [];
  if (!graph.nodes[graph.start]) {
    issues.push({
      code: 'missing_target',
      pointer: '/start',
      detail: `There is no node \`${graph.start}\``,
    });
  }
  for (const [id, node] of Object.entries(graph.nodes)) {
    for (const [path, target] of exits(node)) {
      if (!graph.nodes[target]) {
        issues.push(issue('missing_target', id, path, `There is no node \`${target}\``));
      }
    }
  }
  return issues;
}

/** Reachable nodes, each after all that lead to it; undefined when there is a cycle. */
function topologicalOrder(graph: WorkflowGraph): string[] | undefined {
  const order: string[] = [];
  const open = new Set<string>();
  const visit = (id: string): boolean => {
    if (order.includes(id)) return true;
    const node = graph.nodes[id];
    if (open.has(id) || !node) return false;
    open.add(id);
    const isAcyclic = exits(node).every(([, target]) => visit(target));
    open.delete(id);
    order.unshift(id);
    return isAcyclic;
  };
  return visit(graph.start) ? order : undefined;
}

function cycleIssue(graph: WorkflowGraph): WorkflowIssue {
  return {
    code: 'cycle',
    pointer: '/nodes',
    detail: `A path from \`${graph.start}\` comes back to a node that it passed before`,
  };
}

/** For each reachable node, the nodes that lie before it on every path. */
function certainBefore(
  graph: WorkflowGraph,
  order: readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const before = new Map<string, ReadonlySet<string>>([[graph.start, new Set()]]);
  for (const id of order) {
    const node = graph.nodes[id];
    if (!node) continue;
    const behind = new Set([...(before.get(id) ?? []), id]);
    for (const [, target] of exits(node)) {
      const known = before.get(target);
      before.set(target, known ? new Set([...known].filter((n) => behind.has(n))) : behind);
    }
  }
  return before;
}

function checkIssues(
  graph: WorkflowGraph,
  findCheck: FindCheck,
  id: string,
  node: WorkflowNode,
): WorkflowIssue[] {
  if (node.type !== 'check') return [];
  const check = findCheck(node.check);
  if (!check)
    return [issue('unknown_check', id, ['check'], `No check is called \`${node.check}\``)];
  const config = check.config.safeParse(node.config);
  const issues = (config.error?.issues ?? []).map(({ path, message }) =>
    issue('check_config_invalid', id, ['config', ...path.map(String)], message),
  );
  const missing = streamsOf(check).filter(
    (stream) => !(graph.capture ?? [stream]).includes(stream),
  );
  for (const stream of missing) {
    const detail = `\`${check.id}\` needs \`${stream}\`, which \`capture\` leaves out`;
    issues.push(issue('impossible_evidence', id, ['check'], detail));
  }
  return issues;
}

function ruleIssues(
  graph: WorkflowGraph,
  findCheck: FindCheck,
  id: string,
  node: WorkflowNode,
  before: ReadonlySet<string> | undefined,
): WorkflowIssue[] {
  if (node.type !== 'branch') return [];
  return node.branches.flatMap(({ rules }, b) =>
    rules.flatMap((rule, r) => {
      const at = ['branches', String(b), 'rules', String(r)];
      const field = describeField(graph, findCheck, rule.field);
      if (!field) {
        return [issue('unknown_field', id, [...at, 'field'], `No field \`${rule.field}\``)];
      }
      if (field.node !== undefined && before && !before.has(field.node)) {
        const detail = `\`${field.node}\` does not lie before this branch on every path`;
        return [issue('field_never_set', id, [...at, 'field'], detail)];
      }
      const fault = ruleFault(rule, field);
      return fault ? [issue('value_mismatch', id, [...at, 'value'], fault)] : [];
    }),
  );
}

/** A path that approves without having looked at anything is a mistake, whoever wrote it. */
function approvalIssues(
  graph: WorkflowGraph,
  id: string,
  node: WorkflowNode,
  before: ReadonlySet<string> | undefined,
): WorkflowIssue[] {
  if (node.type !== 'decision' || node.outcome !== 'approved' || !before) return [];
  const hasCheck = [...before].some((passed) => graph.nodes[passed]?.type === 'check');
  if (hasCheck) return [];
  return [
    issue('approval_without_check', id, ['outcome'], 'No check lies before it on every path'),
  ];
}

function issue(
  code: WorkflowFault,
  node: string,
  path: readonly string[],
  detail: string,
): WorkflowIssue {
  return { code, pointer: pointer('nodes', node, ...path), detail };
}

function pointer(...parts: readonly string[]): string {
  return parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
