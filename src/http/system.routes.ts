import { createHash } from 'node:crypto';
import { z } from 'zod';
import { renderDocsPage } from './docs-page.ts';
import { docsStyle } from './docs-style.ts';
import { buildOpenApi, type JsonObject, type OpenApiInfo } from './openapi.ts';
import { routesOf } from './route.ts';
import type { App } from './server.ts';

/** What a part of the platform says about itself; `detail` is for the operator and holds no secret. */
export interface PartState {
  readonly ready: boolean;
  readonly detail?: string;
}

const Health = z.object({ status: z.enum(['ok', 'not_ready']) }).meta({ id: 'Health' });

const Readiness = z
  .object({
    status: z.enum(['ok', 'not_ready']),
    parts: z.record(z.string(), z.object({ ready: z.boolean(), detail: z.string().optional() })),
  })
  .meta({ id: 'Readiness' });

export interface SystemRoutesOptions {
  /** Asks every part; a part that does not answer in time counts as not ready. */
  ready(): Promise<Readonly<Record<string, PartState>>>;
  readonly info: OpenApiInfo;
}

/** Health, the OpenAPI document and its page. Register last: the document lists what stands before it. */
export function addSystemRoutes(app: App, { ready, info }: SystemRoutesOptions): void {
  app.get(
    '/health/live',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getLiveness',
        summary: 'Does the process answer?',
        tags: ['System'],
        response: { 200: Health },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/health/ready',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getReadiness',
        summary: 'Can every part serve?',
        description: '503 names the part that is not ready.',
        tags: ['System'],
        response: { 200: Readiness, 503: Readiness },
      },
    },
    async (_request, reply) => {
      const parts = { ...(await ready()) };
      const isReady = Object.values(parts).every((part) => part.ready);
      return reply
        .code(isReady ? 200 : 503)
        .send({ status: isReady ? ('ok' as const) : ('not_ready' as const), parts });
    },
  );

  const pages = renderOnce(app, info);
  app.get(
    '/openapi.json',
    { config: { access: 'public' }, schema: { operationId: 'getOpenApi', hide: true } },
    async (_request, reply) => reply.type('application/json').send(pages().json),
  );

  app.get(
    '/docs',
    { config: { access: 'public' }, schema: { operationId: 'getDocs', hide: true } },
    async (_request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', pages().policy)
        .send(pages().html),
  );
}

/** The document of an app whose routes are all registered (`await app.ready()` first). */
export function openApiOf(app: App, info: OpenApiInfo): JsonObject {
  return buildOpenApi(routesOf(app), info);
}

function renderOnce(app: App, info: OpenApiInfo) {
  let rendered: { json: string; html: string; policy: string } | undefined;
  return () => {
    if (!rendered) {
      const document = openApiOf(app, info);
      const digest = createHash('sha256').update(docsStyle).digest('base64');
      rendered = {
        json: JSON.stringify(document),
        html: renderDocsPage(document, docsStyle),
        policy: `default-src 'none'; style-src 'sha256-${digest}'; frame-ancestors 'none'; base-uri 'none'`,
      };
    }
    return rendered;
  };
}
