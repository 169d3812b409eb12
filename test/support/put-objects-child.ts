import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { isId } from '../../src/core/ids.ts';
import { openKeys } from '../../src/platform/keys/keys.ts';
import { createFileBlobs } from '../../src/platform/objects/file-blobs.ts';
import { createObjectStore } from '../../src/platform/objects/object-store.ts';

/** Puts objects until somebody kills it; notes each one that was acknowledged. */
const [root = '', tenant = '', subject = ''] = process.argv.slice(2);
if (!isId('tenant', tenant) || !isId('subject', subject))
  throw new Error('Needs root, tenant, subject');

const { subjects } = await openKeys({ directory: join(root, 'keys') });
const store = createObjectStore(createFileBlobs(join(root, 'objects')), subjects);
for (;;) {
  const bytes = randomBytes(Math.floor(Math.random() * 4_000_000));
  const stored = await store.put(bytes, { tenant, subject, kind: 'evidence' });
  appendFileSync(join(root, 'acknowledged'), `${stored.id} ${stored.sha256}\n`);
  process.stdout.write('acknowledged\n');
}
