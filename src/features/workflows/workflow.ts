import { z } from 'zod';
import { streams } from '../checks/index.ts';

/** Name of a node inside one graph; appears in decisions and in field paths, so it is short and plain. */
export const NodeId = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be snake_case, at most 64');

export const operators = [
  'equals',
  'not_equals',
  'greater_than',
  'greater_than_or_equals',
  'less_than',
  'less_than_or_equals',
  'in',
  'not_in',
  'contains',
  'not_contains',
  'is_empty',
  'is_not_empty',
  'regex',
  'fuzzy_match',
] as const;
export type Operator = (typeof operators)[number];

const Scalar = z.union([z.string().max(200), z.number(), z.boolean()]);

/** `field operator value`; what a field may be is said in fields.ts. */
export const Rule = z.strictObject({
  field: z.string().min(1).max(200),
  operator: z.enum(operators),
  /** A scalar; a list for `in` and `not_in`; absent for `is_empty` and `is_not_empty`. */
  value: z.union([Scalar, z.array(Scalar).min(1).max(500)]).optional(),
  /** `fuzzy_match` only: similarity 0–100 from which the texts count as equal. */
  score: z.number().min(0).max(100).optional(),
});
export type Rule = z.infer<typeof Rule>;

export const Branch = z.strictObject({
  logic: z.enum(['and', 'or']).default('and'),
  rules: z.array(Rule).min(1).max(50),
  next: NodeId,
});
export type Branch = z.infer<typeof Branch>;

export const CheckNode = z.strictObject({
  type: z.literal('check'),
  check: z.string().min(1).max(64),
  config: z.record(z.string(), z.json()).default({}),
  next: NodeId,
});

/** The first branch whose rules hold wins; otherwise `else`. */
export const BranchNode = z.strictObject({
  type: z.literal('branch'),
  branches: z.array(Branch).min(1).max(20),
  else: NodeId,
});

/** `determine`: a failed check declines, a doubtful one goes to review, otherwise approved. */
export const DecisionNode = z.strictObject({
  type: z.literal('decision'),
  outcome: z.enum(['approved', 'declined', 'in_review', 'determine']),
});
export type DecisionOutcome = z.infer<typeof DecisionNode>['outcome'];

/** Asks another system and goes on with its answer. Only the declared scalar answers are kept. */
export const WebhookNode = z.strictObject({
  type: z.literal('webhook'),
  url: z.url({ protocol: /^https?$/ }).max(2_000),
  answers: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/), z.enum(['string', 'number', 'boolean']))
    .default({}),
  timeout_s: z.number().int().min(1).max(10).default(10),
  next: NodeId,
});
export type WebhookNode = z.infer<typeof WebhookNode>;

export const WorkflowNode = z.discriminatedUnion('type', [
  CheckNode,
  BranchNode,
  DecisionNode,
  WebhookNode,
]);
export type WorkflowNode = z.infer<typeof WorkflowNode>;

/** What is kept besides the verdicts, and for how long. */
export const artifactKinds = [
  'original',
  'embedding',
  'best_frame',
  'frames_archive',
  'light_video',
  'document_data',
  'portrait',
  'side_reading',
] as const;
export type ArtifactKind = (typeof artifactKinds)[number];

const Retention = z.strictObject({
  keep: z.boolean(),
  /** Days after the session ends; the object is then deleted. */
  retention_days: z.number().int().min(1).max(3_650).default(30),
});
export type Retention = z.infer<typeof Retention>;

export const WorkflowGraph = z.strictObject({
  start: NodeId,
  nodes: z
    .record(NodeId, WorkflowNode)
    .refine((nodes) => Object.keys(nodes).length <= 100, 'at most 100 nodes'),
  /** Streams that the capture page offers; absent: whatever the checks need. */
  capture: z.array(z.enum(streams)).min(1).optional(),
  /** Captures a person may make of one stream before the last one counts; resubmission starts anew. */
  max_attempts: z.partialRecord(z.enum(streams), z.number().int().min(1).max(10)).default({}),
  /** From creation until an unfinished session ends. */
  expires_after_s: z.number().int().min(60).max(2_419_200).default(604_800),
  /** From the last sign of life until a session that was begun counts as abandoned. */
  abandon_after_s: z.number().int().min(60).max(2_419_200).default(86_400),
  artifacts: z.partialRecord(z.enum(artifactKinds), Retention).default({}),
});
export type WorkflowGraph = z.infer<typeof WorkflowGraph>;

export const defaultMaxAttempts = 3;
const kept: Retention = { keep: true, retention_days: 30 };
/** Steps on the way, and what only a comparison needs. */
const dropped: Retention = { keep: false, retention_days: 1 };

export function defaultRetention(kind: ArtifactKind): Retention {
  return kind === 'side_reading' ? dropped : kept;
}

export function retentionOf(graph: WorkflowGraph, kind: ArtifactKind): Retention {
  return graph.artifacts[kind] ?? defaultRetention(kind);
}
