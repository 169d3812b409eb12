import { asObject, type Json, type JsonObject } from '../src/http/openapi.ts';

/**
 * The TypeScript client as text: one type for each component of the OpenAPI document, one method for each
 * operation that speaks JSON and is called with a bearer token.
 */
export function generateClient(document: JsonObject): string {
  const schemas = Object.entries(asObject(asObject(document.components).schemas));
  const operations = listOperations(document);
  return `/** Client of the Bonafide API. Generated from the OpenAPI document by \`npm run generate\`. */
import { type ClientOptions, createSend, type ImageSource, type RequestOptions } from './runtime.ts';

export { BonafideError, type ClientOptions, type ImageSource, listAll, type RequestOptions } from './runtime.ts';

${schemas
  .filter(([name]) => name !== 'Image')
  .map(
    ([name, schema]) =>
      `${comment(asObject(schema).description, '')}export type ${name} = ${typeOf(schema, '')};`,
  )
  .join('\n\n')}

export type BonafideClient = ReturnType<typeof createClient>;

/** \`createClient({ baseUrl: 'http://127.0.0.1:8080', apiKey })\`. */
export function createClient(client: ClientOptions) {
  const send = createSend(client);
  return {
${operations.map(renderMethod).join('\n\n')}
  };
}
`;
}

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly content: JsonObject;
}

function listOperations(document: JsonObject): Operation[] {
  return Object.entries(asObject(document.paths)).flatMap(([path, item]) =>
    Object.entries(asObject(item))
      .map(([method, operation]) => {
        const content = asObject(operation);
        return { id: String(content.operationId), method: method.toUpperCase(), path, content };
      })
      .filter(isCallable),
  );
}

/** Signed calls have clients of their own, and streams are read by the browser. */
function isCallable({ content }: Operation): boolean {
  const isSigned = JSON.stringify(content.security ?? []).includes('awsSignature');
  const isStream = JSON.stringify(content.responses ?? {}).includes('text/event-stream');
  return !isSigned && !isStream;
}

function renderMethod({ id, method, path, content }: Operation): string {
  const parameters = asList(content.parameters).map(asObject);
  const named = (place: string) => parameters.filter((one) => one.in === place);
  const body = bodyOf(content);
  const isIdempotent = named('header').some(({ name }) => name === 'Idempotency-Key');
  const fields = [
    ...[...named('path'), ...named('query')].map((one) =>
      field(String(one.name), one.schema, one.required === true, one.description),
    ),
    ...body.fields,
  ];
  const names = fields.map(({ name }) => name);
  if (new Set(names).size !== names.length) throw new Error(`${id}: a name is used twice`);
  const operation = {
    method,
    path,
    ...list('pathParameters', named('path')),
    ...list('queryParameters', named('query')),
    ...(body.images.length > 0 && { images: body.images }),
    ...(body.kind && { body: body.kind }),
    ...(isIdempotent && { idempotent: true }),
    ...(answerOf(content) === 'Blob' && { isFile: true }),
  };
  const isOptional = fields.every(({ text }) => /^\s*(\/\*\*.*\*\/\s*)?\w+\?:/.test(text));
  const input = `input${isOptional ? '?' : ''}: {\n${fields.map(({ text }) => text).join('\n')}\n    }`;
  const args = [...(fields.length > 0 ? [input] : []), 'options?: RequestOptions'];
  const passed = fields.length > 0 ? 'input' : '{}';
  return `${comment(content.summary, '    ')}    ${id}: (${args.join(', ')}): Promise<${answerOf(content)}> =>
      send(${JSON.stringify(operation)}, ${passed}, options),`;
}

function list(name: string, parameters: readonly JsonObject[]) {
  return parameters.length > 0 ? { [name]: parameters.map((one) => String(one.name)) } : {};
}

interface Field {
  readonly name: string;
  readonly text: string;
}

function field(
  name: string,
  schema: Json | undefined,
  isRequired: boolean,
  description?: Json,
): Field {
  const note = comment(description, '      ');
  return {
    name,
    text: `${note}      ${name}${isRequired ? '' : '?'}: ${typeOf(schema, '      ')};`,
  };
}

function bodyOf(content: JsonObject): { kind?: 'json' | 'raw'; images: string[]; fields: Field[] } {
  const media = asObject(asObject(content.requestBody).content);
  if (media['application/octet-stream']) {
    return {
      kind: 'raw',
      images: [],
      fields: [{ name: 'body', text: '      body: Blob | Uint8Array;' }],
    };
  }
  const schema = asObject(asObject(media['application/json']).schema);
  if (Object.keys(schema).length === 0) return { images: [], fields: [] };
  const form = asObject(asObject(asObject(media['multipart/form-data']).schema).properties);
  const images = Object.keys(form).filter(
    (name) => asObject(form[name]).contentMediaType !== undefined,
  );
  const required = asList(schema.required);
  const fields = Object.entries(asObject(schema.properties)).map(([name, value]) =>
    images.includes(name)
      ? {
          name,
          text: `${comment(asObject(value).description, '      ')}      ${name}${required.includes(name) ? '' : '?'}: ImageSource;`,
        }
      : field(name, value, required.includes(name), asObject(value).description),
  );
  return { kind: 'json', images, fields };
}

function answerOf(content: JsonObject): string {
  const answers = Object.entries(asObject(content.responses)).filter(([status]) =>
    /^2\d\d$/.test(status),
  );
  const types = answers.map(([, answer]) => {
    const media = asObject(asObject(answer).content);
    const { schema } = asObject(media['application/json']);
    if (schema !== undefined) return typeOf(schema, '    ');
    return Object.keys(media).length > 0 ? 'Blob' : 'void';
  });
  return [...new Set(types)].join(' | ') || 'unknown';
}

/** JSON Schema to a TypeScript type; what it does not know becomes \`unknown\`. */
function typeOf(schema: Json | undefined, indent: string): string {
  const {
    $ref,
    type,
    enum: values,
    const: only,
    anyOf,
    oneOf,
    allOf,
    items,
    properties,
    additionalProperties,
    required,
  } = asObject(schema);
  if (typeof $ref === 'string')
    return $ref.split('/').at(-1) === 'Image'
      ? 'ImageSource'
      : ($ref.split('/').at(-1) ?? 'unknown');
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(values)) return values.map((value) => JSON.stringify(value)).join(' | ');
  const union = anyOf ?? oneOf;
  if (Array.isArray(union)) return union.map((one) => typeOf(one, indent)).join(' | ');
  if (Array.isArray(allOf)) return allOf.map((one) => typeOf(one, indent)).join(' & ');
  if (Array.isArray(type))
    return type.map((one) => typeOf({ ...asObject(schema), type: one }, indent)).join(' | ');
  switch (type) {
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'array':
      return `Array<${typeOf(items, indent)}>`;
    case 'object':
      return properties
        ? objectOf(asObject(properties), asList(required), indent)
        : recordOf(additionalProperties, indent);
    default:
      return 'unknown';
  }
}

function objectOf(properties: JsonObject, required: readonly Json[], indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, value]) => {
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    const note = comment(asObject(value).description, inner);
    return `${note}${inner}${key}${required.includes(name) ? '' : '?'}: ${typeOf(value, inner)};`;
  });
  return lines.length > 0 ? `{\n${lines.join('\n')}\n${indent}}` : 'Record<string, never>';
}

function recordOf(value: Json | undefined, indent: string): string {
  const hasType = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  // As an index signature, unlike as a Record, a type may contain itself.
  return `{ [name: string]: ${hasType ? typeOf(value, indent) : 'unknown'} }`;
}

function comment(text: Json | undefined, indent: string): string {
  return typeof text === 'string' && text !== ''
    ? `${indent}/** ${text.replaceAll('*/', '* /').replaceAll('\n', ' ')} */\n`
    : '';
}

function asList(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
