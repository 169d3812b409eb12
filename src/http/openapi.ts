import { z } from 'zod';
import { $ZodType } from 'zod/v4/core';
import { isScope } from './bearer-auth.ts';
import { problemSchema } from './problem-schema.ts';
import type { Access, Credentials, RouteInfo } from './route.ts';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  readonly summary: string;
  readonly description: string;
  /** Names and texts of the tags, in the order of the pages. */
  readonly tags: Readonly<Record<string, string>>;
}

/** OpenAPI 3.1 document of the routes: their zod schemas are JSON Schema 2020-12, as 3.1 wants it. */
export function buildOpenApi(routes: readonly RouteInfo[], info: OpenApiInfo): JsonObject {
  const components = createComponents();
  const problem = components.refOf(problemSchema, 'output');
  const paths: { [path: string]: JsonObject } = {};
  const used = new Set<string>();
  for (const route of routes) {
    if (route.schema.hide === true) continue;
    const path = route.url.replace(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = describeOperation(route, components);
    for (const tag of tagsOf(route)) used.add(tag);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: info.title,
      version: info.version,
      summary: info.summary,
      description: info.description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    // Relative: the document describes the installation that it was read from.
    servers: [{ url: '/', description: 'This installation' }],
    security: [{ apiKey: [] }],
    tags: Object.entries(info.tags)
      .filter(([name]) => used.has(name))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: usedSchemes(routes),
      responses: {
        Problem: {
          description: 'What was wrong, as RFC 9457 problem details; `code` is stable.',
          headers: {
            'X-Request-Id': { schema: { type: 'string' }, description: 'Quote it when you ask.' },
          },
          content: { 'application/problem+json': { schema: problem } },
        },
      },
      schemas: components.all(),
    },
  };
}

const securitySchemes: Readonly<Record<Credentials, JsonObject>> = {
  apiKey: { type: 'http', scheme: 'bearer', description: 'An API key of the tenant.' },
  captureToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The short-lived token of one session, made from the secret of its link.',
  },
  awsSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'AWS Signature Version 4, service `rekognition`.',
  },
};

function usedSchemes(routes: readonly RouteInfo[]): JsonObject {
  const used = new Set<string>(routes.map(({ credentials }) => credentials ?? 'apiKey'));
  return Object.fromEntries(Object.entries(securitySchemes).filter(([name]) => used.has(name)));
}

type Components = ReturnType<typeof createComponents>;

/** Schemas with an id (`.meta({ id })`) become components; the others are written where they are used. */
function createComponents() {
  const schemas: JsonObject = {};
  return {
    all: () => schemas,
    refOf(schema: $ZodType, io: 'input' | 'output'): JsonObject {
      const json: JsonObject = JSON.parse(
        JSON.stringify(
          z.toJSONSchema(schema, { target: 'draft-2020-12', io, unrepresentable: 'any' }),
        ),
      );
      const { $defs, $schema: _dialect, id, ...rest } = json;
      const definitions = Object.entries(asObject($defs));
      const names = new Map(definitions.map(([name]) => [name, publicName(name)]));
      for (const [name, definition] of definitions) {
        names.set(name, add(publicName(name), rename(definition, names), io));
      }
      const own = rename(rest, names);
      return typeof id === 'string'
        ? { $ref: `#/components/schemas/${add(id, own, io)}` }
        : asObject(own);
    },
  };

  /** A schema that reads differently as input than as output gets a name of its own. */
  function add(id: string, definition: Json, io: 'input' | 'output'): string {
    const { id: _id, ...content } = asObject(rename(definition, new Map()));
    const isTaken = id in schemas && JSON.stringify(schemas[id]) !== JSON.stringify(content);
    const name = isTaken && io === 'input' ? `${id}Input` : id;
    schemas[name] = content;
    return name;
  }
}

/** The only recursive schema without a name of its own is `z.json()`. */
function publicName(name: string): string {
  return name.startsWith('__schema') ? 'AnyJson' : name;
}

function rename(value: Json, names: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) return value.map((one) => rename(one, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      if (key !== '$ref' || typeof one !== 'string') return [key, rename(one, names)];
      const name = one.replace('#/$defs/', '').replace('#/components/schemas/', '');
      return [key, `#/components/schemas/${names.get(name) ?? name}`];
    }),
  );
}

function describeOperation(route: RouteInfo, components: Components): JsonObject {
  const { schema } = route;
  return {
    operationId: route.operationId,
    ...(typeof schema.summary === 'string' && { summary: schema.summary }),
    description: [schema.description, scopeText(route.access)].filter(Boolean).join('\n\n'),
    tags: tagsOf(route),
    security: securityOf(route),
    parameters: parametersOf(route, components),
    ...(schema.body instanceof $ZodType && { requestBody: bodyOf(route, schema.body, components) }),
    responses: responsesOf(route, components),
  };
}

function tagsOf({ schema }: RouteInfo): string[] {
  return Array.isArray(schema.tags) ? schema.tags.map(String) : [];
}

function scopeText(access: Access): string {
  return isScope(access) ? `Needs the scope \`${access}\`.` : '';
}

function securityOf({ access, credentials }: RouteInfo): Json[] {
  if (access === 'public') return [];
  return [{ [credentials ?? 'apiKey']: [] }];
}

function parametersOf(route: RouteInfo, components: Components): Json[] {
  const { params, querystring } = route.schema;
  const parameters = [
    ...fieldsOf(params, 'path', components),
    ...fieldsOf(querystring, 'query', components),
  ];
  if (route.idempotent) {
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description: 'The same key with the same request gets the same answer, for 24 hours.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    });
  }
  return parameters;
}

function fieldsOf(schema: unknown, place: 'path' | 'query', components: Components): Json[] {
  if (!(schema instanceof $ZodType)) return [];
  const json = components.refOf(schema, 'input');
  const required = Array.isArray(json.required) ? json.required : [];
  return Object.entries(asObject(json.properties)).map(([name, value]) => {
    const { description, ...rest } = asObject(value);
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description !== undefined && { description }),
      schema: rest,
    };
  });
}

function bodyOf(route: RouteInfo, body: $ZodType, components: Components): JsonObject {
  const json = components.refOf(body, 'input');
  const content: JsonObject = { [route.mediaType]: { schema: json } };
  if (route.imageInput) {
    const { images } = route.imageInput;
    const properties = Object.entries(asObject(json.properties)).map(([name, value]) => [
      name,
      images.includes(name) ? { ...filePart, ...describedBy(asObject(value)) } : value,
    ]);
    content['multipart/form-data'] = {
      schema: { ...json, properties: Object.fromEntries(properties) },
    };
  }
  return { required: true, content };
}

const filePart: JsonObject = { type: 'string', contentMediaType: 'image/*' };

function describedBy({ description }: JsonObject): JsonObject {
  return description === undefined ? {} : { description };
}

function responsesOf(
  { schema: { response }, answerType }: RouteInfo,
  components: Components,
): JsonObject {
  const answers: JsonObject = {};
  if (answerType) {
    const schema = { type: 'string', contentMediaType: answerType };
    answers['200'] = { description: 'Done.', content: { [answerType]: { schema } } };
  }
  for (const [status, schema] of Object.entries(asRecord(response))) {
    answers[status] =
      schema instanceof $ZodType && schema._zod.def.type !== 'void'
        ? {
            description: z.globalRegistry.get(schema)?.description ?? 'Done.',
            content: { 'application/json': { schema: components.refOf(schema, 'output') } },
          }
        : { description: 'Done, nothing to say.' };
  }
  answers['4XX'] = { $ref: '#/components/responses/Problem' };
  answers['5XX'] = { $ref: '#/components/responses/Problem' };
  return answers;
}

export function asObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
