export type { KnownFacts, WebhookAnswer } from './fields.ts';
export { textSimilarity } from './fuzzy.ts';
export {
  changeDraft,
  createWorkflow,
  listWorkflows,
  loadGraph,
  type PinnedWorkflow,
  pinWorkflow,
  publishWorkflow,
  readVersion,
  readWorkflow,
} from './manage-workflows.usecase.ts';
export { type ShippedWorkflow, shippedWorkflows } from './shipped.ts';
export { type Validation, validateWorkflow, type WorkflowIssue } from './validate.ts';
export { type Position, type Walk, walk } from './walk.ts';
export type { Workflow, WorkflowId, WorkflowVersion } from './workflow.repository.ts';
export { addWorkflowRoutes, type WorkflowRoutesOptions } from './workflow.routes.ts';
export {
  type ArtifactKind,
  artifactKinds,
  type DecisionOutcome,
  defaultMaxAttempts,
  type Retention,
  retentionOf,
  WorkflowGraph,
  type WorkflowNode,
} from './workflow.ts';
