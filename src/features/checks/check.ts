import type { z } from 'zod';

/** One capture input of a session. Later: chip. */
export const streams = ['face', 'document_front', 'document_back', 'proof_of_address'] as const;
export type Stream = (typeof streams)[number];

/** `inconclusive`: the machine cannot say. It is never counted as passed; a human decides. */
export const checkStatuses = ['passed', 'failed', 'review', 'inconclusive', 'skipped'] as const;
export type CheckStatus = (typeof checkStatuses)[number];

/** What a person who runs the business asks; a decision answers those that its checks are made for. */
export const questions = [
  'live_person',
  'data_matches_initiator',
  'data_valid',
  'person_matches_document',
  'document_genuine',
] as const;
export type Question = (typeof questions)[number];

/** `error` reasons decline, `warning` reasons go to review, `information` only explains. */
export type ReasonSeverity = 'error' | 'warning' | 'information';
export interface Reason {
  readonly severity: ReasonSeverity;
  readonly title: string;
}

export type Pool = 'cpu' | 'inference';

/** A node of a check's task graph. Two checks that name the same task share one computation. */
export interface TaskNode {
  /** Name in the task catalogue: `analyse-face-video`, `match-faces`, … */
  readonly name: string;
  readonly pool: Pool;
  readonly streams: readonly Stream[];
  /** Tasks whose results are inputs. If one of them has no usable result, this one is not run. */
  readonly after: readonly string[];
  /** Made for humans to look at: waited for, but whatever becomes of it, the verdict does not depend on it. */
  readonly isAside?: boolean;
  /** When this fact of the result is true, nobody need capture that stream: a passport's page has no back. */
  readonly waives?: { readonly stream: Stream; readonly when: string };
}

export type Fact = string | number | boolean;
export type FactKind = 'string' | 'number' | 'boolean';

/**
 * What a task says about evidence: codes, scores and references, never personal data.
 * `rejected`: the capture itself is unusable, another one may help. `inconclusive`: the computation gave no
 * answer (a crash, a timeout, a missing model); another capture would not help.
 */
export interface TaskResult {
  readonly outcome: 'done' | 'rejected' | 'inconclusive';
  readonly codes: readonly string[];
  readonly scores: Readonly<Record<string, number>>;
  readonly facts: Readonly<Record<string, Fact>>;
  /** Ids of artifacts by kind: `embedding`, `best_frame`, `document_data`, … */
  readonly artifacts: Readonly<Record<string, string>>;
  /** SHA-256 of every model that contributed. */
  readonly models: readonly string[];
}

export interface CheckInput<Config> {
  readonly config: Config;
  readonly environment: 'live' | 'sandbox';
  /** Results by task name. `evaluate` of a definition sees every task of the check, each `done`, except those aside. */
  readonly results: Readonly<Record<string, TaskResult>>;
}

export interface Verdict {
  readonly status: CheckStatus;
  /** 0–100, higher is better; null when there is nothing to measure. */
  readonly score: number | null;
  /** Stable reason codes, each declared in the check's `reasons`. */
  readonly reasons: readonly string[];
  readonly facts: Readonly<Record<string, Fact>>;
}

/** Everything there is to know about a check. `evaluate` is pure and total. */
export interface CheckDefinition<Config = unknown> {
  readonly id: string;
  readonly title: string;
  readonly question: Question | null;
  readonly streams: readonly Stream[];
  readonly tasks: readonly TaskNode[];
  readonly config: z.ZodType<Config>;
  readonly reasons: Readonly<Record<string, Reason>>;
  /** Facts that a branch of a workflow may read as `checks.<node>.facts.<name>`. */
  readonly facts: Readonly<Record<string, FactKind>>;
  evaluate(input: CheckInput<Config>): Verdict;
}

/** A definition whose configuration type is forgotten, so that checks of all kinds fit one table. */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly question: Question | null;
  readonly streams: readonly Stream[];
  readonly tasks: readonly TaskNode[];
  readonly config: z.ZodType;
  readonly reasons: Readonly<Record<string, Reason>>;
  readonly facts: Readonly<Record<string, FactKind>>;
  /** False for a check that is announced but not built: it answers `inconclusive`. */
  readonly available: boolean;
  /** `config` as stored in the workflow; parsed here. */
  evaluate(input: CheckInput<unknown>): Verdict;
}

/** Reasons that any check may give, for what happens to tasks rather than to people. */
export const commonReasons = {
  CHECK_NOT_AVAILABLE: { severity: 'warning', title: 'This check does not exist in this version' },
  CHECK_MISCONFIGURED: {
    severity: 'warning',
    title: 'The configuration of this check is not valid',
  },
  EVIDENCE_UNUSABLE: { severity: 'warning', title: 'The capture could not be used' },
  EVIDENCE_ERASED: { severity: 'warning', title: 'The capture was erased before it was examined' },
  TASK_CRASHED: { severity: 'warning', title: 'The computation ended abnormally three times' },
  TASK_TIMED_OUT: { severity: 'warning', title: 'The computation took too long' },
  TASK_NOT_AVAILABLE: {
    severity: 'warning',
    title: 'The computation does not exist in this version',
  },
  MODEL_UNAVAILABLE: {
    severity: 'warning',
    title: 'A model that this check needs is not installed',
  },
  INPUT_UNAVAILABLE: { severity: 'warning', title: 'An earlier step gave no usable result' },
} as const satisfies Record<string, Reason>;

export function defineCheck<Config>(definition: CheckDefinition<Config>): Check {
  return {
    ...definition,
    available: true,
    evaluate: (input) => {
      const config = definition.config.safeParse(input.config);
      if (!config.success) return inconclusive(['CHECK_MISCONFIGURED']);
      return evaluateUsable(definition, { ...input, config: config.data });
    },
  };
}

/** What has no usable result is answered here, so that `evaluate` only ever sees finished work. */
function evaluateUsable<Config>(
  definition: CheckDefinition<Config>,
  input: CheckInput<Config>,
): Verdict {
  const resultOf = (name: string) => input.results[name];
  const results = definition.tasks
    .filter((node) => !node.isAside && !isSpared(node, definition.tasks, resultOf))
    .map(({ name }) => resultOf(name));
  const codesOf = (outcome: TaskResult['outcome']) =>
    results.flatMap((result) => (result?.outcome === outcome ? result.codes : []));
  if (results.some((result) => result?.outcome === 'inconclusive')) {
    return inconclusive(codesOf('inconclusive'));
  }
  if (results.some((result) => result?.outcome === 'rejected')) {
    const reasons = [...new Set(['EVIDENCE_UNUSABLE', ...codesOf('rejected')])];
    return { status: statusOf(reasons, definition.reasons), score: null, reasons, facts: {} };
  }
  if (results.includes(undefined)) return inconclusive(['INPUT_UNAVAILABLE']);
  return definition.evaluate(input);
}

/** Not run, and not missed: an earlier task has waived the capture that it works on. */
function isSpared(
  node: TaskNode,
  nodes: readonly TaskNode[],
  resultOf: (name: string) => TaskResult | undefined,
): boolean {
  if (resultOf(node.name)) return false;
  return node.streams.some((stream) => isWaived(stream, nodes, resultOf));
}

/** Whether a finished task among these says that the stream need not be captured. */
export function isWaived(
  stream: Stream,
  nodes: readonly TaskNode[],
  resultOf: (name: string) => TaskResult | undefined,
): boolean {
  return nodes.some(({ name, waives }) => {
    if (waives?.stream !== stream) return false;
    const result = resultOf(name);
    return result?.outcome === 'done' && result.facts[waives.when] === true;
  });
}

export function inconclusive(reasons: readonly string[]): Verdict {
  return { status: 'inconclusive', score: null, reasons: [...new Set(reasons)], facts: {} };
}

/** The status that the gravest reason asks for; `information` and no reason leave `passed`. */
export function statusOf(
  reasons: readonly string[],
  catalogue: Readonly<Record<string, Reason>>,
): 'passed' | 'failed' | 'review' {
  const severities = reasons.map((code) => catalogue[code]?.severity ?? 'warning');
  if (severities.includes('error')) return 'failed';
  return severities.includes('warning') ? 'review' : 'passed';
}

/** Streams that a check looks at itself or through its tasks. */
export function streamsOf(check: Check): readonly Stream[] {
  const needed = new Set([...check.streams, ...check.tasks.flatMap((task) => task.streams)]);
  return streams.filter((stream) => needed.has(stream));
}
