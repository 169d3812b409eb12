import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyBaseLogger } from 'fastify';
import type { ObjectStore } from '../core/objects.ts';
import type { SecretBox } from '../core/secret-box.ts';
import type { TaskRunner } from '../core/task.ts';
import { addDocumentRoutes } from '../features/documents/index.ts';
import { addFaceRoutes, addIdentityRoutes, type FaceModels } from '../features/faces/index.ts';
import { createIdempotencyStore } from '../features/idempotency/index.ts';
import { addLivenessRoutes } from '../features/liveness/index.ts';
import { addNamedObjectRoutes, readNamedObject } from '../features/objects/index.ts';
import {
  addFaceLivenessRoutes,
  addIdSelfieRoutes,
  addRekognitionRoutes,
} from '../features/rekognition/index.ts';
import {
  addCaptureRoutes,
  addSessionRoutes,
  type CaptureRoutesOptions,
  type SessionRoutesOptions,
} from '../features/sessions/index.ts';
import { authenticateApiKey, findAwsKey, type KeyUsage } from '../features/tenants/index.ts';
import { addWebhookRoutes, type WebhookRoutesOptions } from '../features/webhooks/index.ts';
import { addWorkflowRoutes, type WorkflowRoutesOptions } from '../features/workflows/index.ts';
import type { HttpLimits, TlsFiles } from '../http/listener.ts';
import type { OpenApiInfo } from '../http/openapi.ts';
import type { Answered } from '../http/request-log.ts';
import { type App, createHttpApp } from '../http/server.ts';
import { addSystemRoutes, type PartState } from '../http/system.routes.ts';
import type { BucketRate } from '../http/token-bucket.ts';
import type { Db } from '../platform/db/schema.ts';

/** What `aws.region` of the credentials says; a signature for another region is refused. */
export const AWS_REGION = 'eu-west-1';

/** Requests of one key and one copy of the API; docs/api.md tells the callers. */
export const defaultRate: BucketRate = { perSecond: 100, burst: 200 };

export interface ServerParts {
  readonly log: FastifyBaseLogger;
  readonly db: Db;
  readonly box: SecretBox;
  readonly objects: ObjectStore;
  readonly vision: TaskRunner;
  readonly models: FaceModels;
  readonly keyUsage: Pick<KeyUsage, 'note'>;
  readonly sessions: Pick<SessionRoutesOptions, 'personal' | 'uploads' | 'audit' | 'kick'>;
  readonly webhooks: WebhookRoutesOptions & Pick<WorkflowRoutesOptions, 'nodeSecret'>;
  readonly publicUrl: string;
  readonly version: string;
  readonly tls?: TlsFiles;
  readonly trustProxy?: readonly string[];
  readonly limits?: Partial<HttpLimits>;
  readonly rate?: BucketRate;
  ready(): Promise<Readonly<Record<string, PartState>>>;
  onAnswered?(answered: Answered): void;
}

/** The API with all its routes, not yet listening; tests use it with `inject`. */
export function createServer(parts: ServerParts): App {
  const { db, box, objects, models, keyUsage, rate = defaultRate } = parts;
  const vision = traceTasks(parts.vision);
  const app = createHttpApp({
    ...parts,
    rate,
    idempotency: createIdempotencyStore(db, box),
    async authenticate(key) {
      const principal = await authenticateApiKey(db, key);
      keyUsage.note(principal.keyId);
      return principal;
    },
  });
  addFaceRoutes(app, { vision, models });
  addLivenessRoutes(app, { vision });
  addIdentityRoutes(app, { vision, models });
  addDocumentRoutes(app, { vision, models });
  addNamedObjectRoutes(app, { db, objects });
  addIdSelfieRoutes(app, { vision, models });
  addFaceLivenessRoutes(app, { db, publicUrl: parts.publicUrl });
  addRekognitionRoutes(app, {
    ...parts.sessions,
    db,
    objects,
    vision,
    models,
    region: AWS_REGION,
    async findKey(accessKeyId) {
      const key = await findAwsKey(db, box, accessKeyId);
      if (key) keyUsage.note(key.principal.keyId);
      return key;
    },
    readObject: (principal, bucket, name) =>
      readNamedObject({ db, objects }, principal, bucket, name),
  });
  const sessions: SessionRoutesOptions & CaptureRoutesOptions = {
    ...parts.sessions,
    db,
    objects,
    publicUrl: parts.publicUrl,
  };
  addSessionRoutes(app, sessions);
  addCaptureRoutes(app, sessions);
  addWorkflowRoutes(app, { db, nodeSecret: (tenant) => parts.webhooks.nodeSecret(tenant) });
  addWebhookRoutes(app, parts.webhooks);
  addSystemRoutes(app, { ready: parts.ready, info: apiInfo(parts.version) });
  return app;
}

/** Heading of the OpenAPI document and the order of its sections. */
export function apiInfo(version: string): OpenApiInfo {
  return {
    title: 'Bonafide',
    version,
    summary: 'Self-hosted identity verification',
    description:
      'Send `Authorization: Bearer <api_key>`; the first start writes a key to `credentials.json` in the data directory.\n\nFailures are RFC 9457 problem documents with a stable `code`. Images are sent as parts of a form or as base64 in JSON.',
    tags: {
      Identity: 'Is the person on the document the one on the selfie?',
      Faces: 'Find and compare faces. Nothing is stored.',
      Documents: 'Read identity documents.',
      Sessions: "One person's passage through a workflow.",
      Capture: 'What the capture page of a session calls, with its own short-lived token.',
      Workflows: 'Which checks a session makes, and what follows from them.',
      Webhooks: 'Where events are sent, and what became of them.',
      Objects: "Images under names of the tenant's own, for AWS-style calls.",
      'AWS-compatible': 'For programs that were written for Amazon Rekognition.',
      System: 'Health of the service.',
    },
  };
}

/** One span a task. Costs nothing while tracing is off. */
function traceTasks(runner: TaskRunner): TaskRunner {
  const tracer = trace.getTracer('bonafide/vision');
  return {
    run: (task, input, options) =>
      tracer.startActiveSpan(task.name, async (span) => {
        try {
          return await runner.run(task, input, options);
        } catch (error) {
          span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          span.end();
        }
      }),
  };
}
