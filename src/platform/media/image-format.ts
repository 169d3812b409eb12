import { isoBrands, isoEndsEarly } from './iso-media.ts';

export type ImageFormat = 'JPEG' | 'PNG' | 'WebP' | 'AVIF';

export type Sniffed =
  | { readonly accepted: true; readonly format: ImageFormat }
  /** `what` completes the sentence "this is …". */
  | { readonly accepted: false; readonly what: string };

/** What else people send, by its first bytes (Latin-1). Only for a refusal that names it. */
const signatures: readonly (readonly [what: string, ...starts: string[]])[] = [
  ['a GIF', 'GIF8'],
  ['a TIFF', 'II*\0', 'MM\0*', 'II+\0', 'MM\0+'],
  ['a PDF', '%PDF-'],
  ['a BMP', 'BM'],
  ['an icon (ICO)', '\0\0\x01\0', '\0\0\x02\0'],
  ['a JPEG XL', '\xff\x0a', '\0\0\0\x0cJXL '],
  ['a JPEG 2000', '\0\0\0\x0cjP  ', '\xff\x4f\xff\x51'],
  ['a Photoshop file', '8BPS'],
  ['a ZIP archive', 'PK\x03\x04'],
  ['a gzip archive', '\x1f\x8b'],
  ['a video', '\x1a\x45\xdf\xa3'],
  ['a program', '\x7fELF', 'MZ'],
];

const texts: readonly (readonly [what: string, start: RegExp])[] = [
  ['an SVG', /^\s*(<\?xml[\s\S]{0,512})?<svg/i],
  ['a web page', /^\s*<(!doctype html|html|head|script)/i],
  ['text', /^\s*[{[<]/],
];

const heicBrands = ['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis'];

/** Decides by content alone; names and declared types are not asked. */
export function sniffFormat(bytes: Uint8Array): Sniffed {
  const head = Buffer.from(bytes.subarray(0, 1_024)).toString('latin1');
  const format = imageFormat(head, bytes);
  if (format) {
    // Readers of PDF accept its signature anywhere in the first 1,024 bytes: such a file is two things at once.
    if (head.includes('%PDF-')) return refused(`a PDF disguised as ${format}`);
    return { accepted: true, format };
  }
  const brands = isoBrands(bytes);
  if (brands?.some((brand) => heicBrands.includes(brand))) return refused('a HEIC');
  if (brands) return refused('a video');
  const stranger =
    signatures.find(([, ...starts]) => starts.some((start) => head.startsWith(start))) ??
    texts.find(([, start]) => start.test(head));
  return refused(stranger?.[0] ?? 'not a picture that we know');
}

/**
 * Whether the file stops before its format says that it ends. A JPEG may carry anything behind its end, so that its
 * marker is looked for everywhere.
 */
export function endsEarly(bytes: Uint8Array, format: ImageFormat): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (format) {
    case 'JPEG':
      return file.lastIndexOf(Buffer.from([0xff, 0xd9])) < 0;
    case 'PNG':
      return file.lastIndexOf('IEND', undefined, 'latin1') < 0;
    case 'WebP':
      return file.length < 12 || file.readUInt32LE(4) + 8 > file.length;
    case 'AVIF':
      return isoEndsEarly(bytes);
  }
}

function imageFormat(head: string, bytes: Uint8Array): ImageFormat | undefined {
  if (head.startsWith('\xff\xd8\xff')) return 'JPEG';
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'PNG';
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return 'WebP';
  if (isoBrands(bytes)?.some((brand) => brand === 'avif' || brand === 'avis')) return 'AVIF';
  return undefined;
}

function refused(what: string): Sniffed {
  return { accepted: false, what };
}
