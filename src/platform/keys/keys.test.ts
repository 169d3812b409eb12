import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../core/ids.ts';
import { blindIndex, openKeys, subjectBox } from './keys.ts';
import { loadMasterKeys, parseMasterKey } from './master-key.ts';
import { masterKeyStatus, rotateMasterKey } from './rotate-master-key.ts';
import { createSecretBox, singleKey } from './secret-box.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'keys-')), 'keys');
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('the secret box', () => {
  const box = createSecretBox(singleKey(randomBytes(32)));

  it('opens what it sealed, in the same context only', () => {
    const sealed = box.seal(bytes('s3cret'), 'webhook-secret:whk_1');
    expect(text(box.open(sealed, 'webhook-secret:whk_1'))).toBe('s3cret');
    expect(Buffer.from(sealed).includes('s3cret')).toBe(false);
    expect(() => box.open(sealed, 'webhook-secret:whk_2')).toThrow('cannot be decrypted');
  });

  it('seals the same value differently each time', () => {
    expect(box.seal(bytes('a'), 'c')).not.toEqual(box.seal(bytes('a'), 'c'));
  });

  it('notices a flipped bit anywhere and a cut anywhere', () => {
    const sealed = box.seal(bytes('s3cret'), 'context');
    for (let i = 0; i < sealed.length; i++) {
      const flipped = Uint8Array.from(sealed);
      flipped[i] = (flipped[i] ?? 0) ^ 1;
      expect(() => box.open(flipped, 'context'), `byte ${i}`).toThrow('cannot be decrypted');
      expect(() => box.open(sealed.subarray(0, i), 'context'), `cut ${i}`).toThrow();
    }
  });
});

describe('the master key', () => {
  it('is made once, for the owner alone', async () => {
    const [first, second] = await Promise.all([openKeys({ directory }), openKeys({ directory })]);
    expect(first.purposeKey('x')).toEqual(second.purposeKey('x'));
    const names = await readdir(directory);
    expect(names.sort()).toEqual(['master-0001.key', 'system.key']);
    for (const name of names) expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['too short', 'c2hvcnQ='],
    ['empty', ''],
    ['a passphrase of 44 signs', 'correct horse battery staple and many more 1'],
    ['63 hex digits', `${'a1'.repeat(31)}a`],
    ['not random', Buffer.alloc(32).toString('base64')],
  ])('is refused when it is %s, without showing it', (_, value) => {
    expect(() => parseMasterKey(value)).toThrow(/master key/i);
    if (value) expect(() => parseMasterKey(value)).not.toThrow(value);
  });

  it('is the same in base64, base64url and hex', () => {
    const key = randomBytes(32);
    const forms = ['base64', 'base64url', 'hex'] as const;
    const ids = forms.map((form) => parseMasterKey(key.toString(form)).id);
    expect(new Set(ids).size).toBe(1);
  });

  it('must fit the data: another one is refused, and none is made beside data of a lost one', async () => {
    await openKeys({ directory, masterKey: randomBytes(32).toString('hex') });
    const other = randomBytes(32).toString('hex');
    await expect(openKeys({ directory, masterKey: other })).rejects.toMatchObject({
      code: 'master_key_mismatch',
    });
    await expect(openKeys({ directory })).rejects.toMatchObject({ code: 'master_key_mismatch' });
    expect(await readdir(directory)).toEqual(['system.key']);
  });
});

describe('purpose keys', () => {
  it('differ by purpose and tenant and survive a restart', async () => {
    const keys = await openKeys({ directory });
    const [acme, other] = [newId('tenant'), newId('tenant')];
    const all = [keys.purposeKey('a'), keys.tenantKey(acme, 'a'), keys.tenantKey(other, 'a')];
    expect(new Set(all.map((key) => Buffer.from(key).toString('hex'))).size).toBe(3);
    const again = await openKeys({ directory });
    expect(again.tenantKey(acme, 'a')).toEqual(keys.tenantKey(acme, 'a'));
  });

  it('give blind indexes that are equal for equal values of one tenant only', async () => {
    const keys = await openKeys({ directory });
    const a = keys.tenantKey(newId('tenant'), 'blind-index:subject.name');
    const b = keys.tenantKey(newId('tenant'), 'blind-index:subject.name');
    expect(blindIndex(a, 'doe')).toBe(blindIndex(a, 'doe'));
    expect(blindIndex(a, 'doe')).not.toBe(blindIndex(a, 'roe'));
    expect(blindIndex(a, 'doe')).not.toBe(blindIndex(b, 'doe'));
  });
});

describe('subject keys', () => {
  it('are made once, also when several ask at once', async () => {
    const { subjects } = await openKeys({ directory });
    const { subjects: otherCopy } = await openKeys({ directory });
    const subject = newId('subject');
    const made = await Promise.all(
      [subjects, otherCopy, subjects, otherCopy].map((copy) => copy.make(subject)),
    );
    expect(new Set(made.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
    expect(await subjects.find(subject)).toEqual(made[0]);
  });

  it('are wrapped on disk', async () => {
    const { subjects } = await openKeys({ directory });
    const subject = newId('subject');
    const key = await subjects.make(subject);
    const file = await readFile(join(directory, 'subjects', subject.slice(-2), `${subject}.key`));
    expect(file.includes(Buffer.from(key))).toBe(false);
  });

  it('do not open under the name of another subject', async () => {
    const { subjects } = await openKeys({ directory });
    const [a, b] = [newId('subject'), newId('subject')];
    await subjects.make(a);
    await subjects.make(b);
    const path = (s: string) => join(directory, 'subjects', s.slice(-2), `${s}.key`);
    await writeFile(path(b), await readFile(path(a)));
    await expect(subjects.find(b)).rejects.toMatchObject({ code: 'secret_unreadable' });
  });

  it('once destroyed, leave nothing that opens and do not come back', async () => {
    const { subjects } = await openKeys({ directory });
    const subject = newId('subject');
    const box = subjectBox(await subjects.make(subject));
    const sealed = box.seal(bytes('Jane Doe'), 'subject.name');
    await subjects.destroy(subject);
    await subjects.destroy(subject);
    await expect(subjects.find(subject)).rejects.toMatchObject({ code: 'subject_erased' });
    await expect(subjects.make(subject)).rejects.toMatchObject({ code: 'subject_erased' });
    expect(await readdir(join(directory, 'subjects', subject.slice(-2)))).toEqual([
      `${subject}.erased`,
    ]);
    const masters = await loadMasterKeys({ directory });
    for (const key of masters.all) {
      expect(() => subjectBox(key.bytes).open(sealed, 'subject.name')).toThrow();
    }
  });

  it('are destroyed with what a crash left of writing them', async () => {
    const { subjects } = await openKeys({ directory });
    const subject = newId('subject');
    await subjects.make(subject);
    const folder = join(directory, 'subjects', subject.slice(-2));
    const wrapped = await readFile(join(folder, `${subject}.key`));
    await writeFile(join(folder, `.${subject}.key.0123456789ab.tmp`), wrapped);
    await subjects.destroy(subject);
    expect(await readdir(folder)).toEqual([`${subject}.erased`]);
  });

  it('stay destroyed when destroyed while they are being made or rotated', async () => {
    const { subjects } = await openKeys({ directory });
    for (let i = 0; i < 20; i++) {
      const subject = newId('subject');
      await Promise.allSettled([
        subjects.make(subject),
        subjects.destroy(subject),
        ...(i % 5 === 0 ? [rotateMasterKey({ directory })] : []),
        subjects.make(subject),
      ]);
      await expect(subjects.find(subject)).rejects.toMatchObject({ code: 'subject_erased' });
      const left = await readdir(join(directory, 'subjects', subject.slice(-2)));
      expect(left.filter((name) => name.startsWith(subject))).toEqual([`${subject}.erased`]);
    }
  });
});

describe('rotating the master key', () => {
  it('keeps every data key and purpose key, and forgets the old master key', async () => {
    const keys = await openKeys({ directory });
    const subjects = Array.from({ length: 5 }, () => newId('subject'));
    const before = await Promise.all(subjects.map((subject) => keys.subjects.make(subject)));
    const old = (await loadMasterKeys({ directory })).current;

    expect(await rotateMasterKey({ directory })).toEqual({ rewrapped: 6 });

    const status = await masterKeyStatus({ directory });
    expect(status).toMatchObject({ isRotating: false, wrappedKeys: { [status.current]: 6 } });
    expect(status.current).not.toBe(old.id);
    const after = await openKeys({ directory });
    expect(await Promise.all(subjects.map((s) => after.subjects.find(s)))).toEqual(before);
    expect(after.purposeKey('x')).toEqual(keys.purposeKey('x'));
    // A copy that has been running all the time goes on too.
    expect(await Promise.all(subjects.map((s) => keys.subjects.find(s)))).toEqual(before);
    const left = await readdir(directory);
    expect(left.filter((name) => name.startsWith('master'))).toEqual(['master-0002.key']);
  });

  it('moves from the files to MASTER_KEY and from one MASTER_KEY to the next', async () => {
    const keys = await openKeys({ directory });
    const subject = newId('subject');
    const key = await keys.subjects.make(subject);
    const [first, second] = [randomBytes(32).toString('base64'), randomBytes(32).toString('hex')];

    await rotateMasterKey({ directory, masterKey: first });
    expect((await readdir(directory)).sort()).toEqual(['subjects', 'system.key']);
    await rotateMasterKey({ directory, masterKey: second, previousMasterKey: first });

    const after = await openKeys({ directory, masterKey: second });
    expect(await after.subjects.find(subject)).toEqual(key);
    await expect(openKeys({ directory, masterKey: first })).rejects.toMatchObject({
      code: 'master_key_mismatch',
    });
  });

  it('loses nothing when keys are made all the while, by several rotations at once', async () => {
    const keys = await openKeys({ directory });
    const made: [ReturnType<typeof newId<'subject'>>, Uint8Array][] = [];
    const making = (async () => {
      for (let i = 0; i < 60; i++) {
        const subject = newId('subject');
        made.push([subject, await keys.subjects.make(subject)]);
      }
    })();
    await Promise.all([rotateMasterKey({ directory }), rotateMasterKey({ directory })]);
    await rotateMasterKey({ directory });
    await making;
    await rotateMasterKey({ directory });
    const after = await openKeys({ directory });
    for (const [subject, key] of made) expect(await after.subjects.find(subject)).toEqual(key);
    expect(await masterKeyStatus({ directory })).toMatchObject({ isRotating: false });
  });

  it('may be killed at any point, and goes on where it was', async () => {
    const keys = await openKeys({ directory });
    const subjects = Array.from({ length: 40 }, () => newId('subject'));
    const before = await Promise.all(subjects.map((subject) => keys.subjects.make(subject)));
    const seen = new Set<number>();
    for (const afterMs of [7, 23, 41, 64, 90]) {
      await rotateUntilKilled(afterMs);
      seen.add((await loadMasterKeys({ directory })).all.length);
      expect(await Promise.all(subjects.map((s) => keys.subjects.find(s)))).toEqual(before);
      expect((await openKeys({ directory })).purposeKey('x')).toEqual(keys.purposeKey('x'));
    }
    // At least one of the kills fell in the middle of a rotation, or this proved nothing.
    expect(seen).toContain(2);
    await rotateMasterKey({ directory });
    expect(await masterKeyStatus({ directory })).toMatchObject({ isRotating: false });
  });

  async function rotateUntilKilled(afterMs: number): Promise<void> {
    const child = fileURLToPath(
      new URL('../../../test/support/rotate-keys-child.ts', import.meta.url),
    );
    const running = spawn(process.execPath, ['--import', 'tsx', child, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(running.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    running.kill('SIGKILL');
    await once(running, 'exit');
  }
});
