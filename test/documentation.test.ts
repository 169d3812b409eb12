import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
};
const pagesIn = (folder: string, recursive: boolean) =>
  readdirSync(join(root, folder), { recursive, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join(folder, path));
const pages = [...pagesIn('.', false), ...pagesIn('docs', true), 'clients/typescript/README.md'];

describe.each(pages)('%s', (page) => {
  const text = read(page);

  it('links to nothing that is missing', () => {
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target.replace(/#.*/, ''))
      .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
    const missing = targets.filter((target) => !existsSync(join(root, dirname(page), target)));
    expect(missing).toEqual([]);
  });

  it('names only scripts that there are', () => {
    const scripts = [...text.matchAll(/npm run ([a-z][\w:-]*\w)/g)].map(
      ([, script = '']) => script,
    );
    expect(scripts.filter((script) => !(script in manifest.scripts))).toEqual([]);
  });
});

it('docs/dependencies.md has a row for each runtime dependency and for nothing else', () => {
  const rows = read('docs/dependencies.md').match(/^\| `[^|]+\|/gm) ?? [];
  const named = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  expect(named.sort()).toEqual(Object.keys(manifest.dependencies).sort());
});
