/** A POSIX ustar archive (IEEE Std 1003.1, pax) of small files, without compression: pictures have theirs. */
export interface ArchiveEntry {
  /** ASCII, at most 99 characters. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const block = 512;

export function packTar(entries: readonly ArchiveEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { name, bytes } of entries) {
    parts.push(header(name, bytes.length), bytes, new Uint8Array(-bytes.length & (block - 1)));
  }
  parts.push(new Uint8Array(2 * block));
  return Buffer.concat(parts);
}

/** What `packTar` packed. Of anything else, the entries up to the first fault. */
export function unpackTar(archive: Uint8Array): ArchiveEntry[] {
  const entries: ArchiveEntry[] = [];
  const text = (from: number, to: number) =>
    Buffer.from(archive.subarray(from, to)).toString('ascii').replace(/\0.*$/s, '');
  for (let at = 0; at + block <= archive.length; ) {
    const name = text(at, at + 100);
    const size = Number.parseInt(text(at + 124, at + 136), 8);
    const from = at + block;
    if (name === '' || !(size >= 0) || from + size > archive.length) break;
    entries.push({ name, bytes: archive.subarray(from, from + size) });
    at = from + Math.ceil(size / block) * block;
  }
  return entries;
}

function header(name: string, size: number): Uint8Array {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, at: number, digits: number) =>
    bytes.write(`${value.toString(8).padStart(digits, '0')}\0`, at, 'ascii');
  bytes.write(name.slice(0, 99), 0, 'ascii');
  octal(0o600, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(0, 136, 11);
  bytes.write('        ', 148, 'ascii');
  bytes.write('0', 156, 'ascii');
  bytes.write('ustar\x0000', 257, 'ascii');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return bytes;
}
