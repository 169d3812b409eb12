import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../clients/typescript/index.ts';
import { loadConfig } from '../src/app/config.ts';
import { attachStore } from '../src/app/open-store.ts';
import { newId } from '../src/core/ids.ts';
import { listTenants } from '../src/features/tenants/index.ts';
import { openObjectStore } from '../src/platform/objects/open-object-store.ts';
import { createTestDatabase } from './support/database.ts';
import { startPlatformProcess } from './support/platform.ts';
import { hasPostgres } from './support/postgres.ts';
import { startService } from './support/service.ts';

const script = (name: string) => fileURLToPath(new URL(`../deploy/${name}.sh`, import.meta.url));

function run(name: 'backup' | 'restore', args: string[], env: Record<string, string>) {
  const { PATH = '' } = process.env;
  try {
    const stdio = 'pipe' as const;
    return {
      code: 0,
      text: String(execFileSync(script(name), args, { env: { PATH, ...env }, stdio })),
    };
  } catch (error) {
    const { status, stderr } = error as { status: number; stderr: Buffer };
    return { code: status, text: String(stderr) };
  }
}

/** The newest file of a kind, without its digest. */
function newest(folder: string, prefix: string): string {
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix));
  return join(
    folder,
    names
      .filter((name) => !name.endsWith('.sha256'))
      .sort()
      .at(-1) ?? '',
  );
}

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'bf-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('backup of a platform with everything embedded', () => {
  it('brings back objects and credentials, and refuses to run into anything that exists', async () => {
    const [dataDir, copy] = [join(directory, 'data'), join(directory, 'copy')];
    const [folder, keyFolder] = [join(directory, 'backup'), join(directory, 'keys')];
    const environment = { DATA_DIR: dataDir, VISION_PROCESSES: '1', LOG_LEVEL: 'error' };
    const first = await startPlatformProcess(environment);
    const { api_key: apiKey } = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8'));
    const body = Buffer.from('kept');
    await createClient({ baseUrl: first.url, apiKey }).putObject({
      bucket: 'backup',
      name: 'kept.jpg',
      body,
    });
    expect(run('backup', [folder, keyFolder], { DATA_DIR: dataDir })).toMatchObject({
      code: 1,
      text: expect.stringContaining('stop the platform'),
    });
    await first.stop();
    expect(run('backup', [folder, keyFolder], { DATA_DIR: dataDir })).toEqual({
      code: 0,
      text: expect.any(String),
    });

    const saved = [folder, newest(folder, 'database-'), newest(keyFolder, 'keys-')];
    expect(run('restore', saved, { DATA_DIR: dataDir }).code).toBe(1);
    expect(run('restore', saved, { DATA_DIR: copy })).toEqual({
      code: 0,
      text: expect.any(String),
    });
    const second = await startPlatformProcess({ ...environment, DATA_DIR: copy });
    const client = createClient({ baseUrl: second.url, apiKey });
    expect((await client.listObjects({ bucket: 'backup' })).data).toMatchObject([
      { name: 'kept.jpg' },
    ]);
    await second.stop();
  });
});

describe.skipIf(!hasPostgres)('backup of a platform with PostgreSQL', () => {
  it('brings back rows and objects, but nobody who was erased meanwhile', async () => {
    const service = await startService({ engine: 'postgres' });
    const tenant = await service.newTenant('acme');
    const [kept, erased] = [newId('subject'), newId('subject')];
    const put = (subject: typeof kept) =>
      service.objects.put(Buffer.from(subject), { tenant, subject, kind: 'evidence' });
    const [keptObject, erasedObject] = [await put(kept), await put(erased)];
    const [folder, keyFolder] = [join(directory, 'pg'), join(directory, 'pg-keys')];
    const environment = {
      DATA_DIR: service.directory,
      DATABASE_URL: service.databaseUrl,
      BACKUP_DATABASE_URL: service.databaseUrl.replace('bonafide_owner@', 'postgres@'),
    };
    expect(run('backup', [folder, keyFolder], environment)).toEqual({
      code: 0,
      text: expect.any(String),
    });
    const old = newest(folder, 'database-');
    const oldKeys = newest(keyFolder, 'keys-');
    await service.keys.subjects.destroy(erased);
    await new Promise((resolve) => setTimeout(resolve, 1_100)); // stamps have seconds
    expect(run('backup', [folder, keyFolder], environment)).toEqual({
      code: 0,
      text: expect.any(String),
    });
    const newKeys = newest(keyFolder, 'keys-');
    expect(newKeys).not.toBe(oldKeys);

    const target = await createTestDatabase('postgres');
    const copy = join(directory, 'pg-copy');
    const into = { DATA_DIR: copy, DATABASE_URL: target.url };
    const refused = run('restore', [folder, old, newKeys], into);
    expect(refused).toMatchObject({ code: 1, text: expect.stringContaining('not empty') });
    await emptied(target.url);
    expect(run('restore', [folder, old, newKeys], into)).toEqual({
      code: 0,
      text: expect.any(String),
    });

    const store = await attachStore(loadConfig({ DATA_DIR: copy, DATABASE_URL: target.url }));
    expect((await listTenants(store.db)).map(({ name }) => name)).toEqual(['acme']);
    const objects = openObjectStore({
      directory: join(copy, 'objects'),
      keys: store.keys.subjects,
    });
    const read = async (id: typeof keptObject.id) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of objects.get(tenant, id)) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };
    expect(await read(keptObject.id)).toBe(kept);
    await expect(read(erasedObject.id)).rejects.toMatchObject({ code: 'subject_erased' });
    await store.close();

    writeFileSync(old, 'damaged');
    const damaged = run('restore', [folder, old, newKeys], {
      ...into,
      DATA_DIR: join(directory, 'nowhere'),
    });
    expect(damaged.code).toBeGreaterThan(0);
    expect(existsSync(join(directory, 'nowhere'))).toBe(false);
    await target.close();
    await service.close();
  });
});

/** Test databases come migrated; a restore wants nothing there. */
async function emptied(url: string): Promise<void> {
  const sql = 'drop schema public cascade; create schema public';
  execFileSync('psql', [url, '-qc', sql], { stdio: 'pipe' });
}
