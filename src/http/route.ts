import type { FastifyInstance } from 'fastify';
import type { Principal, Scope } from '../core/principal.ts';

/**
 * Who may call a route: `public` anybody; a scope, a bearer of an API key that has it; `own`, the route
 * checks its callers itself (signatures, capture tokens). Every route must say, or the server does not start.
 */
export type Access = 'public' | 'own' | Scope;

export type Credentials = 'apiKey' | 'captureToken' | 'awsSignature';

/** Images of a request: `POST` bodies as multipart parts or as base64 in JSON, see image-input.ts. */
export interface ImageInput {
  /** Names of the image fields, in the order of the documentation. */
  readonly images: readonly string[];
  /** Fields that a multipart form sends as text and the schema wants as numbers. */
  readonly numbers?: readonly string[];
}

/** Where base64 text stands in a JSON body and how large it may be decoded. */
export interface BinaryFields {
  readonly paths: readonly (readonly string[])[];
  readonly maxBytes: number;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** Takes `Idempotency-Key`: a repeated request is answered from the first one's answer. */
    idempotent?: boolean;
    imageInput?: ImageInput;
    binary?: BinaryFields;
    /** How `own` routes are called; for the OpenAPI document. */
    credentials?: Credentials;
    /** Content type of the body in the OpenAPI document, JSON unless said. */
    mediaType?: string;
    /** Content type of an answer that is no JSON; for the OpenAPI document. */
    answerType?: string;
    /** The body reaches the handler as one Uint8Array, whatever its content type says. */
    rawBody?: { readonly maxBytes: number };
  }
  interface FastifySchema {
    operationId?: string;
    summary?: string;
    description?: string;
    tags?: readonly string[];
    hide?: boolean;
  }
  interface FastifyRequest {
    /** Set on routes that name a scope, before their body is read. */
    principal: Principal;
    /** Hex SHA-256 of the body as received (JSON) or of its parts (multipart); undefined without a body. */
    bodySha256: string | undefined;
  }
}

export interface RouteInfo {
  readonly method: string;
  /** With parameters as `:name`. */
  readonly url: string;
  readonly access: Access;
  readonly operationId: string;
  readonly idempotent: boolean;
  readonly credentials: Credentials | undefined;
  readonly mediaType: string;
  readonly answerType: string | undefined;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly imageInput: ImageInput | undefined;
}

const routesByApp = new WeakMap<object, RouteInfo[]>();

/** Every route in order of registration: the OpenAPI document and the access matrix test are made from it. */
export function routesOf(app: object): readonly RouteInfo[] {
  return routesByApp.get(app) ?? [];
}

/** Collects the routes and refuses one that does not say who may call it and what it is called. */
export function recordRoutes(app: FastifyInstance): void {
  const routes: RouteInfo[] = [];
  routesByApp.set(app, routes);
  app.addHook('onRoute', ({ method, url, config, schema }) => {
    const access = config?.access;
    const operationId = schema?.operationId;
    if (!access || !operationId) {
      throw new Error(`${method} ${url}: a route needs config.access and schema.operationId`);
    }
    for (const one of [method].flat()) {
      routes.push({
        method: one,
        url,
        access,
        operationId,
        idempotent: config.idempotent === true,
        credentials: config.credentials,
        mediaType: config.mediaType ?? 'application/json',
        answerType: config.answerType,
        schema: { ...schema },
        imageInput: config.imageInput,
      });
    }
  });
}
