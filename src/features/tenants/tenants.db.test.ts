import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createTestDatabase,
  describeOnEachEngine,
  type TestDatabase,
} from '../../../test/support/database.ts';
import { withSystem } from '../../platform/db/transaction.ts';
import { createSecretBox, singleKey } from '../../platform/keys/secret-box.ts';
import { createAuditLog } from '../audit/index.ts';
import {
  authenticateApiKey,
  bootstrap,
  createApiKey,
  createAwsKey,
  createKeyUsage,
  createTenant,
  findAwsKey,
  findTenant,
  type KeyManager,
  listKeys,
  listTenants,
  type NewKey,
  revokeKey,
  rotateApiKey,
  type Tenant,
} from './index.ts';

const audit = createAuditLog(randomBytes(32));
const box = createSecretBox(singleKey(randomBytes(32)));
const key: NewKey = { environment: 'sandbox', name: 'test', scopes: ['faces', 'sessions:read'] };
const invalid = expect.objectContaining({ code: 'api_key_invalid' });

describeOnEachEngine('tenants and keys', (engine) => {
  let database: TestDatabase;
  let manager: KeyManager;
  let acme: Tenant;
  let other: Tenant;

  beforeAll(async () => {
    database = await createTestDatabase(engine);
    manager = { db: database.db, audit, actor: 'operator' };
  });
  afterAll(() => database?.close());

  it('start with one tenant, made once, its secrets kept before they are valid', async () => {
    const kept: string[] = [];
    const [first, second] = await Promise.all(
      [1, 2].map(() =>
        bootstrap(manager, box, async ({ api }) => {
          kept.push(api.apiKey);
          await expect(authenticateApiKey(database.db, 'bfk_live_short')).rejects.toEqual(invalid);
        }),
      ),
    );
    const made = first ?? second;
    expect([first, second]).toContain(undefined);
    expect(kept).toEqual([made?.api.apiKey]);
    const principal = await authenticateApiKey(database.db, made?.api.apiKey ?? '');
    expect(principal).toMatchObject({ tenant: made?.tenant.id, environment: 'live' });
    expect(await listTenants(database.db)).toHaveLength(1);
  });

  it('leave nothing behind when the secrets could not be kept', async () => {
    const empty = await createTestDatabase(engine);
    const failing = bootstrap({ db: empty.db, audit }, box, () =>
      Promise.reject(new Error('disk full')),
    );
    await expect(failing).rejects.toThrow('disk full');
    expect(await listTenants(empty.db)).toEqual([]);
    await empty.close();
  });

  it('recognise a key, its environment and its scopes, and nothing like it', async () => {
    acme = await createTenant(manager, 'Acme');
    other = await createTenant(manager, 'Other');
    const { apiKey, info } = await createApiKey(manager, acme.id, key);
    expect(apiKey).toMatch(/^bfk_sandbox_/);
    expect(await authenticateApiKey(database.db, apiKey)).toEqual({
      tenant: acme.id,
      environment: 'sandbox',
      keyId: info.id,
      scopes: key.scopes,
    });
    const swapped = apiKey.slice(0, -1) + (apiKey.endsWith('A') ? 'B' : 'A');
    for (const wrong of [
      swapped,
      apiKey.replace('sandbox', 'live'),
      `${apiKey} `,
      '',
      "' or 1=1 --",
    ]) {
      await expect(authenticateApiKey(database.db, wrong)).rejects.toEqual(invalid);
    }
  });

  it('keep no secret in the database that could be used', async () => {
    const { apiKey } = await createApiKey(manager, acme.id, key);
    const aws = await createAwsKey(manager, box, acme.id, key);
    const dump = await withSystem(database.db, async (tx) =>
      JSON.stringify([
        await tx.selectFrom('api_key').selectAll().execute(),
        await tx.selectFrom('aws_key').selectAll().execute(),
      ]),
    );
    const asBytes = (text: string) => JSON.stringify([...Buffer.from(text)]).slice(1, -1);
    for (const secret of [apiKey, aws.secretAccessKey]) {
      expect(dump).not.toContain(secret);
      expect(dump).not.toContain(asBytes(secret));
    }
  });

  it('refuse expired and revoked keys like unknown ones', async () => {
    const expiresAt = new Date(Date.now() + 60_000);
    const { apiKey, info } = await createApiKey(manager, acme.id, { ...key, expiresAt });
    await authenticateApiKey(database.db, apiKey);
    await expect(authenticateApiKey(database.db, apiKey, expiresAt)).rejects.toEqual(invalid);
    await revokeKey(manager, acme.id, info.id);
    await expect(authenticateApiKey(database.db, apiKey)).rejects.toEqual(invalid);
    const again = revokeKey(manager, acme.id, info.id);
    await expect(again).rejects.toMatchObject({ code: 'api_key_not_found' });
  });

  it('rotate with an overlap: both keys work until it ends, then the new one only', async () => {
    const old = await createApiKey(manager, acme.id, key);
    const next = await rotateApiKey(manager, acme.id, old.info.id, { overlapMs: 3_600_000 });
    const later = new Date(Date.now() + 3_700_000);
    expect(next.info).toMatchObject({ environment: key.environment, scopes: key.scopes });
    await authenticateApiKey(database.db, old.apiKey);
    await authenticateApiKey(database.db, next.apiKey);
    await authenticateApiKey(database.db, next.apiKey, later);
    await expect(authenticateApiKey(database.db, old.apiKey, later)).rejects.toEqual(invalid);
  });

  it('cannot be managed by another tenant', async () => {
    const { info, apiKey } = await createApiKey(manager, acme.id, key);
    const notFound = { code: 'api_key_not_found' };
    await expect(revokeKey(manager, other.id, info.id)).rejects.toMatchObject(notFound);
    const rotation = rotateApiKey(manager, other.id, info.id, { overlapMs: 0 });
    await expect(rotation).rejects.toMatchObject(notFound);
    expect(await listKeys(database.db, other.id)).toEqual([]);
    await authenticateApiKey(database.db, apiKey);
    await expect(findTenant(database.db, 'ten_x')).rejects.toMatchObject({
      code: 'tenant_not_found',
    });
  });

  it('give the secret of an AWS-style key back for its signature, until it is revoked', async () => {
    const issued = await createAwsKey(manager, box, acme.id, key);
    const found = await findAwsKey(database.db, box, issued.accessKeyId);
    expect(found?.secretAccessKey).toBe(issued.secretAccessKey);
    expect(found?.principal).toMatchObject({ tenant: acme.id, keyId: issued.info.id });
    await revokeKey(manager, acme.id, issued.info.id);
    expect(await findAwsKey(database.db, box, issued.accessKeyId)).toBeUndefined();
    expect(await findAwsKey(database.db, box, 'AKIAUNKNOWN')).toBeUndefined();
  });

  it('note their last use, written late', async () => {
    const { info } = await createApiKey(manager, acme.id, key);
    const usage = createKeyUsage(database.db);
    const at = new Date('2026-01-02T03:04:05Z');
    const lastUsed = async () =>
      (await listKeys(database.db, acme.id)).find(({ id }) => id === info.id)?.lastUsedAt;
    usage.note(info.id, at);
    expect(await lastUsed()).toBeNull();
    await usage.close();
    expect(await lastUsed()).toEqual(at);
  });

  it('leave a trail of what was done to them', async () => {
    const { info } = await createApiKey(manager, other.id, key);
    await revokeKey(manager, other.id, info.id);
    const entries = await audit.list(database.db, other.id, { limit: 2 });
    expect(entries.map(({ action, target }) => [action, target])).toEqual([
      ['api_key.revoked', info.id],
      ['api_key.created', info.id],
    ]);
    expect((await audit.verify(database.db, acme.id)).faults).toEqual([]);
  });
});
