import { isIP } from 'node:net';
import type { AddressPolicy } from './address-policy.ts';

const MAX_URL_LENGTH = 2_000;

/**
 * What can be refused before any name is resolved, with the reason in words; undefined when nothing speaks
 * against it. Names are resolved, and judged, on every request anew: they may point elsewhere by then.
 */
export function refuseUrl(text: string, policy: AddressPolicy): string | undefined {
  if (text.length > MAX_URL_LENGTH) return `is longer than ${MAX_URL_LENGTH} characters`;
  if (!URL.canParse(text)) return 'is no absolute URL';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must be https';
  if (url.username || url.password) return 'must carry no user name or password';
  if (url.hash) return 'must carry no fragment';
  const address = literalAddress(url);
  if (url.protocol === 'http:' && !policy.hasExceptions) return 'must be https';
  const refusal = address === undefined ? undefined : policy.judge(address, url.protocol);
  if (refusal === 'not_public') return 'must lead to the public internet';
  if (refusal === 'not_encrypted') return 'must be https';
  return undefined;
}

/**
 * The address, when the host is one rather than a name. The URL parser has turned 0x7f.1, 017700000001 and
 * 2130706433 into 127.0.0.1 by now.
 */
export function literalAddress(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? undefined : host;
}
