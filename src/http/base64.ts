/**
 * Strict base64 of RFC 4648 §4: padded, no other characters, no stray bits in the last group.
 * Buffer's own decoder skips what it does not know, so its result is checked by length and by the last group.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return undefined;
  // The decoder looks at the low byte of each character only, so others must not get that far.
  if (Buffer.byteLength(text) !== text.length) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== (text.length / 4) * 3 - padding) return undefined;
  const lastGroup = bytes.subarray(Math.floor((bytes.length - 1) / 3) * 3);
  if (padding > 0 && lastGroup.toString('base64') !== text.slice(-4)) return undefined;
  return bytes;
}
