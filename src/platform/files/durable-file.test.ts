import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeDirectory } from './durable-file.ts';

const root = mkdtempSync(join(tmpdir(), 'bonafide-files-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('making a directory', () => {
  it('makes what is missing, for its owner only, however many try at once', async () => {
    const directory = join(root, 'a', 'b', 'c');
    await Promise.all(Array.from({ length: 8 }, () => makeDirectory(directory)));
    for (const made of [join(root, 'a'), join(root, 'a', 'b'), directory]) {
      expect(statSync(made).mode & 0o777).toBe(0o700);
    }
    await makeDirectory(directory);
  });

  it('says so when a file is in the way', async () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    await expect(makeDirectory(file)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeDirectory(join(file, 'below'))).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it('says so, and ends, where nothing can be made', async () => {
    await expect(makeDirectory('/proc/bonafide/data')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
