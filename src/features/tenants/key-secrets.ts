import { createHash, randomBytes, randomInt } from 'node:crypto';
import type { Environment } from '../../core/principal.ts';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const apiKeyForm = /^bfk_(live|sandbox)_[0-9A-Za-z]{43}$/;

/** 43 characters of base 62 hold 256 bits. The prefix lets scanners for leaked secrets find it. */
export function newApiKey(environment: Environment): string {
  return `bfk_${environment}_${pick(base62, 43)}`;
}

export function looksLikeApiKey(text: string): boolean {
  return apiKeyForm.test(text);
}

/** Enough for a secret of 256 random bits; a slow hash is for passwords that people choose. */
export function hashApiKey(apiKey: string): Buffer {
  return createHash('sha256').update(apiKey).digest();
}

export function hintOf(apiKey: string): string {
  return apiKey.slice(-4);
}

/** The form of AWS's own ids (20 characters), which SDKs and proxies check. */
export function newAccessKeyId(): string {
  return `AKIA${pick(base32, 16)}`;
}

/** 40 characters, as AWS's own. */
export function newSecretAccessKey(): string {
  return randomBytes(30).toString('base64');
}

export function awsSecretContext(accessKeyId: string): string {
  return `aws-secret:${accessKeyId}`;
}

function pick(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}
