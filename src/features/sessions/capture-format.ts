/** What a capture is, by its first bytes; what the sender calls it does not count. */
const formats: readonly { readonly type: string; is(head: Uint8Array): boolean }[] = [
  { type: 'image/jpeg', is: (head) => starts(head, 0, [0xff, 0xd8, 0xff]) },
  { type: 'application/pdf', is: (head) => text(head, 0, 5) === '%PDF-' },
  { type: 'image/png', is: (head) => starts(head, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a]) },
  { type: 'image/webp', is: (head) => text(head, 0, 4) === 'RIFF' && text(head, 8, 12) === 'WEBP' },
  {
    type: 'image/avif',
    is: (head) => text(head, 4, 8) === 'ftyp' && /^avi[fs]$/.test(text(head, 8, 12)),
  },
  {
    type: 'video/mp4',
    is: (head) => text(head, 4, 8) === 'ftyp' && !/^(avi|hei|mif|qt)/.test(text(head, 8, 12)),
  },
  // WebM and Matroska differ only in the document type, which follows within the header (RFC 8794).
  {
    type: 'video/webm',
    is: (head) => starts(head, 0, ebml) && text(head, 0, 64).includes('webm'),
  },
  { type: 'video/x-matroska', is: (head) => starts(head, 0, ebml) },
];

const ebml = [0x1a, 0x45, 0xdf, 0xa3];

/** Media type of a capture that is accepted; undefined for anything else, an empty file included. */
export function sniffCapture(head: Uint8Array): string | undefined {
  return formats.find(({ is }) => is(head))?.type;
}

function starts(head: Uint8Array, at: number, bytes: readonly number[]): boolean {
  return bytes.every((byte, i) => head[at + i] === byte);
}

function text(head: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...head.subarray(from, to));
}
