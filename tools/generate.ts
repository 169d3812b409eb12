/**
 * Writes everything that is generated and committed: `npm run generate`. CI runs it and fails on a difference.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { environmentSchema } from '../src/app/config.ts';
import { renderOpenApiDocument } from '../src/app/openapi-document.ts';
import { errorCatalogue } from '../src/core/errors.ts';
import { readCatalogue, readFusedCards, renderModelCards } from '../src/features/models/index.ts';
import { generateClient } from './generate-client.ts';

const root = resolve(fileURLToPath(import.meta.url), '../..');

export function renderConfiguration(): string {
  const { properties = {} } = z.toJSONSchema(environmentSchema, {
    io: 'input',
    unrepresentable: 'any',
  });
  const rows = Object.entries(properties).map(([name, schema]) => {
    const { description = '', default: preset } = schema as {
      description?: string;
      default?: unknown;
    };
    return `| \`${name}\` | ${preset === undefined ? '–' : `\`${String(preset)}\``} | ${description} |`;
  });
  return `# Configuration

Generated from \`src/app/config.ts\` by \`npm run generate\`. Every variable is optional; all faults are reported at
once, by name, without values. An empty variable counts as not set.

| variable | default | meaning |
|---|---|---|
${rows.join('\n')}
`;
}

export function renderErrors(): string {
  const rows = Object.entries(errorCatalogue)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(
      ([code, { status, title, remedy }]) => `| \`${code}\` | ${status} | ${title}. | ${remedy} |`,
    );
  return `# Errors

Generated from \`src/core/errors.ts\` by \`npm run generate\`. The API answers every error as
[RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) \`application/problem+json\`; switch on \`code\`, never on the title.
\`detail\` says what was wrong with this very request, \`errors[]\` points at fields (RFC 6901). The command line prints
the same codes and ways out.

| code | status | meaning | way out |
|---|---|---|---|
${rows.join('\n')}
`;
}

function write(path: string, text: string): void {
  writeFileSync(resolve(root, path), text);
  console.log(`wrote ${path}`);
}

write('docs/configuration.md', renderConfiguration());
write('docs/errors.md', renderErrors());
write('docs/models.md', renderModelCards(await readCatalogue(), await readFusedCards()));

const { version } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
  version: string;
};
const openApi = await renderOpenApiDocument(version);
write('docs/openapi.json', `${JSON.stringify(openApi, null, 2)}\n`);
write('clients/typescript/index.ts', generateClient(openApi));
