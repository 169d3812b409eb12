import { asObject, type Json, type JsonObject } from './openapi.ts';

/** The OpenAPI document as one readable page: static HTML, no script, nothing loaded from elsewhere. */
export function renderDocsPage(document: JsonObject, style: string): string {
  const info = asObject(document.info);
  const tags = asList(document.tags).map(asObject);
  const operations = listOperations(document);
  const sections = tags.map((tag) => {
    const own = operations.filter(({ tagName }) => tagName === text(tag.name));
    return `<section aria-labelledby="${slug(tag.name)}">
<h2 id="${slug(tag.name)}">${toHtml(tag.name)}</h2>
<p>${prose(tag.description)}</p>
${own.map((operation) => renderOperation(operation, document)).join('\n')}
</section>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${toHtml(info.title)} API</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<h1>${toHtml(info.title)} API <small>${toHtml(info.version)}</small></h1>
<p>${prose(info.description)}</p>
<p><a href="/openapi.json">OpenAPI 3.1 document</a></p>
</header>
<div class="columns">
<nav aria-label="Operations">${tags.map((tag) => renderNav(tag, operations)).join('')}</nav>
<main id="content">
${sections.join('\n')}
${renderSchemas(document)}
</main>
</div>
</body>
</html>
`;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly tagName: string;
  readonly id: string;
  readonly content: JsonObject;
}

function listOperations(document: JsonObject): Operation[] {
  return Object.entries(asObject(document.paths)).flatMap(([path, item]) =>
    Object.entries(asObject(item)).map(([method, operation]) => {
      const content = asObject(operation);
      return {
        method: method.toUpperCase(),
        path,
        tagName: text(asList(content.tags)[0]),
        id: text(content.operationId),
        content,
      };
    }),
  );
}

function renderNav(tag: JsonObject, operations: readonly Operation[]): string {
  const items = operations
    .filter(({ tagName }) => tagName === text(tag.name))
    .map(({ id, content }) => `<li><a href="#${id}">${toHtml(content.summary ?? id)}</a></li>`);
  return `<p><a href="#${slug(tag.name)}">${toHtml(tag.name)}</a></p><ul>${items.join('')}</ul>`;
}

function renderOperation({ method, path, id, content }: Operation, document: JsonObject): string {
  const bodies = asObject(asObject(content.requestBody).content);
  const parameters = asList(content.parameters).map(asObject);
  return `<article id="${id}" aria-labelledby="${id}-title">
<h3 id="${id}-title">${toHtml(content.summary ?? id)}</h3>
<p class="path"><span class="method">${method}</span> <code>${toHtml(path)}</code></p>
<p>${prose(content.description)}</p>
${parameters.length > 0 ? `<h4>Parameters</h4>${renderParameters(parameters)}` : ''}
${Object.entries(bodies)
  .map(
    ([type, body]) =>
      `<h4>Body, <code>${toHtml(type)}</code></h4>${renderFields(asObject(body).schema, document)}`,
  )
  .join('\n')}
<h4>Answers</h4>
${renderAnswers(asObject(content.responses), document)}
</article>`;
}

function renderParameters(parameters: readonly JsonObject[]): string {
  const rows = parameters.map(({ name, in: place, required, description, schema }) => [
    `<code>${toHtml(name)}</code> <small>${toHtml(place)}${required === true ? '' : ', optional'}</small>`,
    describeType(schema),
    prose(description),
  ]);
  return table(['Name', 'Type', 'Meaning'], rows);
}

function renderFields(schema: Json | undefined, document: JsonObject): string {
  const object = resolve(schema, document);
  const required = asList(object.required);
  const rows = Object.entries(asObject(object.properties)).map(([name, field]) => {
    const resolved = resolve(field, document);
    const fallback = resolved.default === undefined ? '' : ` = ${JSON.stringify(resolved.default)}`;
    return [
      `<code>${toHtml(name)}${toHtml(fallback)}</code>${required.includes(name) ? '' : ' <small>optional</small>'}`,
      describeType(field),
      prose(asObject(field).description ?? resolved.description),
    ];
  });
  return rows.length > 0
    ? table(['Field', 'Type', 'Meaning'], rows)
    : `<p>${describeType(schema)}</p>`;
}

function renderAnswers(responses: JsonObject, document: JsonObject): string {
  return Object.entries(responses)
    .map(([status, answer]) => {
      const response = resolve(answer, document);
      const contents = Object.values(asObject(response.content)).map(asObject);
      const schema = contents[0]?.schema;
      const isProblem = status.endsWith('XX');
      return `<p><strong>${toHtml(status)}</strong> ${prose(response.description)} ${schema ? describeType(schema) : ''}</p>${
        schema && !isProblem && asObject(schema).$ref === undefined
          ? renderFields(schema, document)
          : ''
      }`;
    })
    .join('\n');
}

function renderSchemas(document: JsonObject): string {
  const schemas = Object.entries(asObject(asObject(document.components).schemas));
  const parts = schemas.map(
    ([
      name,
      schema,
    ]) => `<article id="schema-${toHtml(name)}" aria-labelledby="schema-${toHtml(name)}-title">
<h3 id="schema-${toHtml(name)}-title">${toHtml(name)}</h3>
${asObject(schema).description ? `<p>${prose(asObject(schema).description)}</p>` : ''}
${renderFields(schema, document)}</article>`,
  );
  return `<section aria-labelledby="schemas"><h2 id="schemas">Objects</h2>${parts.join('\n')}</section>`;
}

/** A type in a few words, with links to the named ones. */
function describeType(schema: Json | undefined): string {
  const { $ref, type, items, enum: values, anyOf, const: only, ...rest } = asObject(schema);
  if (typeof $ref === 'string') {
    const name = $ref.split('/').at(-1) ?? '';
    return `<a href="#schema-${toHtml(name)}">${toHtml(name)}</a>`;
  }
  if (only !== undefined) return `<code>${toHtml(JSON.stringify(only))}</code>`;
  const alternatives = Array.isArray(values) ? values : undefined;
  if (alternatives) {
    return alternatives.map((one) => `<code>${toHtml(JSON.stringify(one))}</code>`).join(' or ');
  }
  if (Array.isArray(anyOf)) return anyOf.map(describeType).join(' or ');
  if (type === 'array') return `list of ${describeType(items)}`;
  const format = rest.contentEncoding ?? rest.contentMediaType ?? rest.format;
  const limits = [
    rest.minimum === undefined ? '' : `≥ ${toHtml(rest.minimum)}`,
    rest.maximum === undefined || Number(rest.maximum) > 1e15 ? '' : `≤ ${toHtml(rest.maximum)}`,
  ].filter(Boolean);
  const words = [toHtml(type ?? 'any'), format ? `(${toHtml(format)})` : '', limits.join(', ')];
  return words.filter(Boolean).join(' ');
}

function resolve(schema: Json | undefined, document: JsonObject): JsonObject {
  const object = asObject(schema);
  if (typeof object.$ref !== 'string') return object;
  const found = object.$ref
    .replace('#/', '')
    .split('/')
    .reduce<Json | undefined>((value, name) => asObject(value)[name], document);
  return asObject(found);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return `<table><thead><tr>${head
    .map((name) => `<th scope="col">${name}</th>`)
    .join('')}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`)
    .join('')}</tbody></table>`;
}

/** Plain text with `code` and blank lines, the only marks that our descriptions use. */
function prose(value: Json | undefined): string {
  return toHtml(value ?? '')
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll('\n\n', '</p><p>');
}

function slug(value: Json | undefined): string {
  return `tag-${text(value)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')}`;
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function asList(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function toHtml(value: Json | undefined): string {
  return String(value ?? '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
