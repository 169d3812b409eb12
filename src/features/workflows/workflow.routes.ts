import { z } from 'zod';
import type { TenantId } from '../../core/ids.ts';
import { pageOf } from '../../http/pagination.ts';
import type { App } from '../../http/server.ts';
import type { Db } from '../../platform/db/schema.ts';
import { checks, commonReasons, findCheck } from '../checks/index.ts';
import {
  changeDraft,
  createWorkflow,
  listWorkflows,
  publishWorkflow,
  readVersion,
  readWorkflow,
} from './manage-workflows.usecase.ts';
import { validateWorkflow } from './validate.ts';
import type { Workflow, WorkflowVersion } from './workflow.repository.ts';
import { WorkflowGraph } from './workflow.ts';

const Graph = z
  .record(z.string(), z.json())
  .refine((graph) => JSON.stringify(graph).length <= 200_000, 'is longer than 200,000 characters')
  .describe('A workflow graph; may still be wrong while it is a draft. See docs/workflows.md.');
const Name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens')
  .refine((name) => name !== 'webhook-secret', 'is the address of something else');
const Title = z.string().min(1).max(200);

const WorkflowJson = z
  .object({
    id: z.string(),
    name: z.string(),
    title: z.string(),
    latest_version: z.int().nullable().describe('Null before the first publication.'),
    draft: z.record(z.string(), z.json()).nullable(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Workflow' });

const VersionJson = z
  .object({
    workflow_id: z.string(),
    version: z.int(),
    graph: z.record(z.string(), z.json()),
    published_at: z.iso.datetime(),
  })
  .meta({ id: 'WorkflowVersion' });

const ValidationJson = z
  .object({
    valid: z.boolean(),
    issues: z.array(z.object({ code: z.string(), pointer: z.string(), detail: z.string() })),
    graph: z.record(z.string(), z.json()).nullable().describe('With all defaults filled in.'),
  })
  .meta({ id: 'WorkflowValidation' });

const CheckDescriptionJson = z
  .object({
    id: z.string(),
    title: z.string(),
    available: z.boolean().describe('False: announced, and `inconclusive` until it is built.'),
    question: z.string().nullable(),
    streams: z.array(z.string()),
    tasks: z.array(z.string()),
    config: z.record(z.string(), z.json()).describe('JSON Schema of its configuration.'),
    reasons: z.array(z.object({ code: z.string(), severity: z.string(), title: z.string() })),
    facts: z.record(z.string(), z.string()),
  })
  .meta({ id: 'CheckDescription' });

const Params = z.object({ id: z.string().max(100).describe('Id or name.') });
const tags = ['Workflows'];
const config = { access: 'workflows' } as const;

export interface WorkflowRoutesOptions {
  readonly db: Db;
  /** `whsec_…`, with which calls of webhook nodes are signed. */
  nodeSecret(tenant: TenantId): string;
}

/** `/v1/workflows`: drafts, their validation, and published versions, which never change. */
export function addWorkflowRoutes(app: App, { db, nodeSecret }: WorkflowRoutesOptions): void {
  addReading(app, db);
  addSecret(app, nodeSecret);
  addChanging(app, db);
  addPublishing(app, db);
  addChecks(app);
}

function addReading(app: App, db: Db): void {
  app.get(
    '/v1/workflows',
    {
      config,
      schema: {
        operationId: 'listWorkflows',
        summary: 'List the workflows',
        tags,
        response: { 200: pageOf(WorkflowJson) },
      },
    },
    async ({ principal }) => ({
      data: (await listWorkflows(db, principal.tenant)).map(toWorkflowJson),
      next_cursor: null,
    }),
  );

  app.get(
    '/v1/workflows/:id',
    {
      config,
      schema: {
        operationId: 'getWorkflow',
        summary: 'Read a workflow and its draft',
        tags,
        params: Params,
        response: { 200: WorkflowJson },
      },
    },
    async ({ principal, params }) =>
      toWorkflowJson(await readWorkflow(db, principal.tenant, params.id)),
  );

  app.get(
    '/v1/workflows/:id/versions/:version',
    {
      config,
      schema: {
        operationId: 'getWorkflowVersion',
        summary: 'Read a published version',
        tags,
        params: Params.extend({ version: z.coerce.number().int().min(1) }),
        response: { 200: VersionJson },
      },
    },
    async ({ principal, params }) =>
      toVersionJson(await readVersion(db, principal.tenant, params.id, params.version)),
  );
}

function addSecret(app: App, nodeSecret: WorkflowRoutesOptions['nodeSecret']): void {
  app.get(
    '/v1/workflows/webhook-secret',
    {
      config,
      schema: {
        operationId: 'getWorkflowWebhookSecret',
        summary: 'Read the secret that signs the calls of webhook nodes',
        description:
          'Standard Webhooks. One for all workflows of the tenant, live and sandbox; the body says which.',
        tags,
        response: { 200: z.object({ secret: z.string().describe('`whsec_…`') }) },
      },
    },
    async ({ principal }) => ({ secret: nodeSecret(principal.tenant) }),
  );
}

function addChanging(app: App, db: Db): void {
  app.post(
    '/v1/workflows',
    {
      config: { ...config, idempotent: true },
      schema: {
        operationId: 'createWorkflow',
        summary: 'Create a workflow as a draft',
        tags,
        body: z.strictObject({ name: Name, title: Title, draft: Graph }),
        response: { 201: WorkflowJson },
      },
    },
    async (request, reply) => {
      const id = request.newId('workflow');
      const workflow = await createWorkflow(db, request.principal.tenant, { id, ...request.body });
      reply.code(201).header('location', `/v1/workflows/${id}`);
      return toWorkflowJson(workflow);
    },
  );

  app.put(
    '/v1/workflows/:id/draft',
    {
      config,
      schema: {
        operationId: 'changeWorkflowDraft',
        summary: 'Replace the draft',
        description: 'Published versions and open sessions stay as they are.',
        tags,
        params: Params,
        body: z.strictObject({ title: Title.optional(), draft: Graph }),
        response: { 200: WorkflowJson },
      },
    },
    async ({ principal, params, body: { title, draft } }) => {
      const change = { draft, ...(title !== undefined && { title }) };
      return toWorkflowJson(await changeDraft(db, principal.tenant, params.id, change));
    },
  );
}

function addPublishing(app: App, db: Db): void {
  app.post(
    '/v1/workflows/validate',
    {
      config,
      schema: {
        operationId: 'validateWorkflow',
        summary: 'Check a graph without saving it',
        tags,
        body: z.strictObject({ graph: Graph }),
        response: { 200: ValidationJson },
      },
    },
    async ({ body }) => {
      const { graph, issues } = validateWorkflow(body.graph, findCheck);
      return {
        valid: issues.length === 0,
        issues: [...issues],
        graph: graph ? toJson(graph) : null,
      };
    },
  );

  app.post(
    '/v1/workflows/:id/publish',
    {
      config,
      schema: {
        operationId: 'publishWorkflow',
        summary: 'Make the draft the next version',
        description: 'New sessions use it; open ones stay with the version they began with.',
        tags,
        params: Params,
        response: { 201: VersionJson },
      },
    },
    async ({ principal, params }, reply) => {
      const version = await publishWorkflow(db, principal.tenant, params.id);
      reply.code(201);
      return toVersionJson(version);
    },
  );
}

function addChecks(app: App): void {
  const described = checks.map((check) => ({
    id: check.id,
    title: check.title,
    available: check.available,
    question: check.question,
    streams: [...check.streams],
    tasks: check.tasks.map(({ name }) => name),
    config: toJson(z.toJSONSchema(check.config, { io: 'input' })),
    reasons: Object.entries({ ...commonReasons, ...check.reasons }).map(([code, reason]) => ({
      code,
      ...reason,
    })),
    facts: { ...check.facts },
  }));
  app.get(
    '/v1/checks',
    {
      config,
      schema: {
        operationId: 'listChecks',
        summary: 'List the checks that workflows may name',
        description: 'With the schema of their configuration and every reason code.',
        tags,
        response: { 200: z.object({ data: z.array(CheckDescriptionJson) }).meta({ id: 'Checks' }) },
      },
    },
    async () => ({ data: described }),
  );
}

function toWorkflowJson(workflow: Workflow): z.infer<typeof WorkflowJson> {
  return {
    id: workflow.id,
    name: workflow.name,
    title: workflow.title,
    latest_version: workflow.latestVersion === 0 ? null : workflow.latestVersion,
    draft: workflow.draft && toJson(workflow.draft),
    created_at: workflow.createdAt.toISOString(),
    updated_at: workflow.updatedAt.toISOString(),
  };
}

function toVersionJson(version: WorkflowVersion): z.infer<typeof VersionJson> {
  return {
    workflow_id: version.workflow,
    version: version.version,
    graph: toJson(WorkflowGraph.parse(version.graph)),
    published_at: version.publishedAt.toISOString(),
  };
}

/** Plain JSON: without `undefined`, as it will be sent. */
function toJson(value: object): Record<string, z.core.util.JSONType> {
  return JSON.parse(JSON.stringify(value));
}
