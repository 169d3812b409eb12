/** ISO base media files (ISO/IEC 14496-12): MP4, QuickTime, AVIF, HEIC. */

/** Major and compatible brands (§4.3); undefined when the file does not begin with a file type box. */
export function isoBrands(bytes: Uint8Array): string[] | undefined {
  const file = asBuffer(bytes);
  if (file.length < 16 || file.toString('latin1', 4, 8) !== 'ftyp') return undefined;
  const size = Math.min(file.readUInt32BE(0), file.length, 128);
  const brands: string[] = [];
  // The second word is the minor version.
  for (let at = 8; at + 4 <= size; at += at === 8 ? 8 : 4) {
    brands.push(file.toString('latin1', at, at + 4));
  }
  return brands;
}

/** Whether a top-level box reaches beyond the end of the file (§4.2). Foreign data behind the last box is no matter. */
export function isoEndsEarly(bytes: Uint8Array): boolean {
  const file = asBuffer(bytes);
  let at = 0;
  while (at + 8 <= file.length) {
    const size = boxSize(file, at);
    if (size === undefined) return false;
    at += size;
  }
  return at > file.length;
}

/** Undefined: the box goes to the end of the file, or is no box at all. */
function boxSize(file: Buffer, at: number): number | undefined {
  if (!/^[a-z0-9 ]{4}$/i.test(file.toString('latin1', at + 4, at + 8))) return undefined;
  const size = file.readUInt32BE(at);
  if (size >= 8) return size;
  if (size === 1 && at + 16 <= file.length)
    return Number(file.readBigUInt64BE(at + 8)) || undefined;
  return undefined;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
