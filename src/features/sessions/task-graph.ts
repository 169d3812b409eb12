import {
  type Check,
  isWaived,
  type Stream,
  streamsOf,
  type TaskNode,
  type Verdict,
} from '../checks/index.ts';
import type { SessionState, TaskState } from './session.ts';

/** Readiness of tasks and checks: pure functions of what the session holds. */

/** The tasks of these checks, each once. */
export function tasksOf(checks: readonly Check[]): readonly TaskNode[] {
  return [...new Map(checks.flatMap(({ tasks }) => tasks.map((t) => [t.name, t]))).values()];
}

/** Streams that these checks need and that have no capture that stands. */
export function awaitedStreams(state: SessionState, checks: readonly Check[]): readonly Stream[] {
  const needed = new Set(checks.flatMap(streamsOf));
  const nodes = tasksOf(checks);
  return [...needed].filter((stream) => {
    const captured = state.streams[stream];
    return captured ? captured.retake !== null : !isSpared(state, nodes, stream);
  });
}

/** Nobody has captured it, and nobody need. */
function isSpared(state: SessionState, nodes: readonly TaskNode[], stream: Stream): boolean {
  return !state.streams[stream] && isWaived(stream, nodes, (name) => resultOf(state, nodes, name));
}

function isSparedTask(state: SessionState, nodes: readonly TaskNode[], node: TaskNode): boolean {
  return node.streams.some((stream) => isSpared(state, nodes, stream));
}

/** Tasks whose inputs all exist and which have not been started on them. */
export function readyTasks(
  state: SessionState,
  nodes: readonly TaskNode[],
): readonly { readonly node: TaskNode; readonly basis: TaskState['basis'] }[] {
  return nodes.flatMap((node) => {
    const basis = basisOf(state, nodes, node);
    if (!basis || isOn(state.tasks[node.name], basis)) return [];
    if (isSparedTask(state, nodes, node)) return [];
    const isRetaken = (Object.keys(basis) as Stream[]).some((s) => state.streams[s]?.retake);
    const hasInputs = node.after.every((name) => isAvailable(state, nodes, name));
    return !isRetaken && hasInputs ? [{ node, basis }] : [];
  });
}

/** An input that exists, or that will not be there and need not. */
function isAvailable(state: SessionState, nodes: readonly TaskNode[], name: string): boolean {
  if (resultOf(state, nodes, name)?.outcome === 'done') return true;
  const node = nodes.find((candidate) => candidate.name === name);
  return node !== undefined && isSparedTask(state, nodes, node);
}

/** The verdict, once the captures stand and every task has ended or can never start. */
export function verdictOf(
  state: SessionState,
  check: Check,
  config: unknown,
  nodes: readonly TaskNode[] = check.tasks,
): Verdict | undefined {
  if (awaitedStreams(state, [check]).length > 0) return undefined;
  if (!check.tasks.every((node) => isSettled(state, nodes, node))) return undefined;
  const results = Object.fromEntries(
    check.tasks.flatMap(({ name }) => {
      const result = resultOf(state, nodes, name);
      return result ? [[name, result]] : [];
    }),
  );
  return check.evaluate({ config, environment: state.environment, results });
}

/** A task's result on the present captures; older results do not count. */
export function resultOf(state: SessionState, nodes: readonly TaskNode[], name: string) {
  const node = nodes.find((candidate) => candidate.name === name);
  const basis = node && basisOf(state, nodes, node);
  const task = state.tasks[name];
  return basis && task && isOn(task, basis) ? task.result : undefined;
}

export function isSameBasis(a: TaskState['basis'], b: TaskState['basis']): boolean {
  const names = Object.keys({ ...a, ...b }) as Stream[];
  return names.every((stream) => a[stream] === b[stream]);
}

/** Ended, or waiting for an earlier task that ended without a usable result. */
function isSettled(state: SessionState, nodes: readonly TaskNode[], node: TaskNode): boolean {
  if (resultOf(state, nodes, node.name) || isSparedTask(state, nodes, node)) return true;
  return node.after.some((name) => {
    const earlier = nodes.find((candidate) => candidate.name === name);
    if (!earlier) return true;
    const result = resultOf(state, nodes, name);
    if (!result && isSparedTask(state, nodes, earlier)) return false;
    return result ? result.outcome !== 'done' : isBlocked(state, nodes, earlier);
  });
}

function isBlocked(state: SessionState, nodes: readonly TaskNode[], node: TaskNode): boolean {
  return node.after.length > 0 && isSettled(state, nodes, node);
}

function isOn(task: TaskState | undefined, basis: TaskState['basis']): boolean {
  return task !== undefined && isSameBasis(task.basis, basis);
}

/** Undefined while a capture is missing. */
function basisOf(
  state: SessionState,
  nodes: readonly TaskNode[],
  node: TaskNode,
): TaskState['basis'] | undefined {
  const basis: Partial<Record<Stream, string>> = {};
  for (const stream of streamsBehind(nodes, node)) {
    const captured = state.streams[stream];
    if (captured) basis[stream] = captured.evidence;
    else if (!isSpared(state, nodes, stream)) return undefined;
  }
  return basis;
}

function streamsBehind(nodes: readonly TaskNode[], node: TaskNode): readonly Stream[] {
  const earlier = node.after.flatMap((name) => nodes.find((n) => n.name === name) ?? []);
  return [...node.streams, ...earlier.flatMap((task) => streamsBehind(nodes, task))];
}
