import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { copyTemplate } from '../../../test/support/database.ts';
import { authenticateApiKey } from '../../features/tenants/index.ts';
import { attachStore, openStore, type Store } from '../open-store.ts';
import { auditCommand } from './audit.ts';
import { keysCommand } from './keys.ts';
import { tenantsCommand } from './tenants.ts';

describe('commands on tenants, keys and the audit trail', () => {
  let dataDir: string;
  let platform: Store;
  const config = () => ({
    dataDir,
    database: { url: undefined },
    masterKey: undefined,
    previousMasterKey: undefined,
  });
  const attach = () => attachStore(config());

  beforeAll(async () => {
    dataDir = await copyTemplate();
    platform = await openStore(config());
  });
  afterEach(() => {
    process.exitCode = 0;
    vi.restoreAllMocks();
  });
  afterAll(async () => {
    await platform?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function run(...args: string[]): Promise<string> {
    let output = '';
    const log = (text: unknown) => {
      output += `${text}\n`;
    };
    vi.spyOn(console, 'log').mockImplementation(log);
    vi.spyOn(console, 'error').mockImplementation(() => {});
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      output += text;
      return true;
    });
    const program = new Command()
      .addCommand(tenantsCommand(attach))
      .addCommand(keysCommand(attach))
      .addCommand(auditCommand(attach));
    await program.parseAsync(args, { from: 'user' });
    return output;
  }
  const runJson = async (...args: string[]) => JSON.parse(await run(...args, '--json'));

  it('make a tenant and a key that works at once on the running platform', async () => {
    const acme = await runJson('tenants', 'create', 'Acme');
    const key = await runJson('keys', 'create', '--name', 'web', '--scope', 'faces', 'reviews');
    const principal = await authenticateApiKey(platform.db, key.api_key);
    expect(principal).toMatchObject({ tenant: acme.id, scopes: ['faces', 'reviews'] });
    expect(await runJson('tenants', 'list')).toEqual({ tenants: [acme] });
  });

  it('ask which tenant is meant where there are several', async () => {
    await run('tenants', 'create', 'Other');
    const notFound = { code: 'tenant_not_found' };
    await expect(run('keys', 'list')).rejects.toMatchObject(notFound);
    await expect(run('keys', 'list', '--tenant', 'nobody')).rejects.toMatchObject(notFound);
    expect((await runJson('keys', 'list', '--tenant', 'Other')).keys).toEqual([]);
  });

  it('show a secret once and never again', async () => {
    const options = ['--tenant', 'Other', '--name', 'sdk', '--environment', 'sandbox'];
    const api = await runJson('keys', 'create', ...options, '--expires-in-days', '30');
    const aws = await runJson('keys', 'create', ...options, '--aws');
    const listed = await run('keys', 'list', '--tenant', 'Other');
    expect(listed).toContain(aws.access_key_id);
    expect(listed).not.toContain(api.api_key);
    expect(listed).not.toContain(aws.secret_access_key);
  });

  it('rotate and revoke', async () => {
    const tenant = ['--tenant', 'Acme'];
    const old = await runJson('keys', 'create', ...tenant, '--name', 'old');
    const next = await runJson('keys', 'rotate', old.id, ...tenant, '--overlap-hours', '2');
    await authenticateApiKey(platform.db, old.api_key);
    await run('keys', 'revoke', next.id, ...tenant);
    await expect(authenticateApiKey(platform.db, next.api_key)).rejects.toThrow();
    await expect(run('keys', 'revoke', 'key_x', ...tenant)).rejects.toMatchObject({
      code: 'api_key_not_found',
    });
  });

  it('verify the trail, remember its heads, and find what was rewound', async () => {
    const heads = join(dataDir, 'heads.json');
    const { whole, tenants } = await runJson('audit', 'verify', '--heads', heads);
    expect([whole, tenants.length, process.exitCode]).toEqual([true, 2, 0]);
    const [acme] = tenants;
    expect(JSON.parse(readFileSync(heads, 'utf8'))[acme.tenant]).toEqual(acme.head);
    expect(await run('audit', 'list', '--tenant', 'Acme')).toContain('api_key.revoked');

    await sql`delete from audit_entry where tenant_id = ${acme.tenant} and seq > 1`.execute(
      platform.db,
    );
    await sql`update audit_head set (seq, hash, signature) = (select seq, hash, signature from audit_entry
      where tenant_id = ${acme.tenant} and seq = 1) where tenant_id = ${acme.tenant}`.execute(
      platform.db,
    );
    expect((await runJson('audit', 'verify')).whole).toBe(true);
    expect(await run('audit', 'verify', '--heads', heads)).toContain('rewound at entry 2');
    expect(process.exitCode).toBe(1);
  });

  it('work on their own where no platform runs', async () => {
    const alone = mkdtempSync(join(tmpdir(), 'bonafide-cli-'));
    await copyTemplate(alone);
    const store = await attachStore({ ...config(), dataDir: alone });
    expect(store.embedded?.isReady()).toBe(true);
    await store.close();
    rmSync(alone, { recursive: true });
  });
});
