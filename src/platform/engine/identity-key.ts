import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createFile } from '../files/durable-file.ts';

/** Ed25519. The engine signs its calls to our handlers with the private half, which stays in `path` (0600). */
export async function readOrMakeIdentityKey(path: string): Promise<string> {
  const pem = await readFile(path, 'utf8').catch(() => undefined);
  if (pem !== undefined) return publicIdentity(createPrivateKey(pem));
  const { privateKey } = generateKeyPairSync('ed25519');
  await createFile(path, Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })));
  return publicIdentity(createPrivateKey(await readFile(path, 'utf8')));
}

/** The form that Restate's SDK expects: a prefix and the raw key in base 58. */
function publicIdentity(key: KeyObject): string {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return `publickeyv1_${base58(Buffer.from(x, 'base64url'))}`;
}

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

function base58(bytes: Uint8Array): string {
  let value = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = '';
  for (; value > 0n; value /= 58n) text = alphabet.charAt(Number(value % 58n)) + text;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return alphabet.charAt(0).repeat(zeros < 0 ? bytes.length : zeros) + text;
}
