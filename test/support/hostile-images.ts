import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { pngChunk, zeroPng } from './png.ts';
import { seeded } from './seeded.ts';

export interface HostileFile {
  readonly name: string;
  readonly bytes: Buffer;
}

type Random = () => number;

/** One photograph in every format, depth and colour space that people send. */
export async function basePictures(): Promise<HostileFile[]> {
  const demo = createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json');
  const photo = readFileSync(new URL('demo/sample1.jpg', `file://${demo}`));
  const small = () => sharp(photo).resize(320, 240, { fit: 'cover' });
  const frames = await Promise.all([0, 90, 180].map((by) => small().rotate(by).png().toBuffer()));
  const encoded: Record<string, Promise<Buffer>> = {
    jpeg: small().jpeg().toBuffer(),
    'progressive jpeg': small().jpeg({ progressive: true }).toBuffer(),
    'cmyk jpeg': small().toColourspace('cmyk').jpeg().toBuffer(),
    'grey jpeg': small().greyscale().jpeg().toBuffer(),
    'turned jpeg': small().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    png: small().png().toBuffer(),
    'palette png': small().png({ palette: true, colours: 16 }).toBuffer(),
    '16-bit png': small().toColourspace('rgb16').png().toBuffer(),
    'clear png': small().ensureAlpha(0.4).png().toBuffer(),
    webp: small().webp().toBuffer(),
    'clear webp': small().ensureAlpha(0.4).webp({ lossless: true }).toBuffer(),
    'animated webp': sharp(frames, { join: { animated: true } })
      .webp()
      .toBuffer(),
    avif: small().avif({ effort: 1 }).toBuffer(),
  };
  return Promise.all(
    Object.entries(encoded).map(async ([name, bytes]) => ({ name, bytes: await bytes })),
  );
}

/** Damage of every kind to every base picture, endlessly; the same for the same seed. */
export function* damagedFiles(base: readonly HostileFile[], seed: number) {
  const random = seeded(seed);
  for (let i = 0; ; i++) {
    const picture = base[i % base.length];
    const [kind, damage] = pick(random, damages);
    if (picture)
      yield { name: `${i}: ${picture.name}, ${kind}`, bytes: damage(picture.bytes, random) };
  }
}

const damages: readonly (readonly [
  kind: string,
  damage: (from: Buffer, random: Random) => Buffer,
])[] = [
  ['truncated', (from, random) => from.subarray(0, below(random, from.length))],
  ['bits flipped', (from, random) => overwrite(from, random, 1 + below(random, 64), 0)],
  ['header bits flipped', (from, random) => overwrite(from, random, 1 + below(random, 8), 0, 200)],
  ['bytes replaced', (from, random) => overwrite(from, random, 1 + below(random, 400), 16)],
  ['zeros', (from, random) => span(from, random, (part) => part.fill(0))],
  ['ones', (from, random) => span(from, random, (part) => part.fill(0xff))],
  ['noise', (from, random) => span(from, random, (part) => part.map(() => below(random, 256)))],
  ['part missing', (from, random) => cut(from, random, (before, _, after) => [before, after])],
  ['part twice', (from, random) => cut(from, random, (a, b, c) => [a, b, b, c])],
  ['parts swapped', (from, random) => cut(from, random, (a, b, c) => [a, c, b])],
  ['huge sizes', hugeNumbers],
  ['foreign head', (from, random) => Buffer.concat([pick(random, heads)[1], from])],
  ['foreign tail', (from, random) => Buffer.concat([from, pick(random, heads)[1], from])],
];

const heads: readonly (readonly [what: string, head: Buffer])[] = [
  ['a GIF', latin1('GIF89a\x01\0\x01\0\x80\0\0')],
  ['a TIFF', latin1('II*\0\x08\0\0\0\0\0')],
  ['a TIFF', latin1('MM\0*\0\0\0\x08')],
  ['a PDF', latin1('%PDF-1.7\n1 0 obj\n')],
  ['a BMP', latin1('BM\xff\xff\0\0\0\0\0\0')],
  [
    'an SVG',
    latin1(
      '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    ),
  ],
  ['a web page', latin1('<!DOCTYPE html><script>alert(1)</script>')],
  ['a ZIP archive', latin1('PK\x03\x04\x14\0\0\0\x08\0')],
  ['a gzip archive', latin1('\x1f\x8b\x08\0')],
  ['a video', latin1('\0\0\0\x18ftypisom\0\0\x02\0isomiso2')],
  ['a video', latin1('\x1a\x45\xdf\xa3\x01\0\0\0')],
  ['a HEIC', latin1('\0\0\0\x18ftypheic\0\0\0\0mif1heic')],
  ['a JPEG 2000', latin1('\0\0\0\x0cjP  \r\n\x87\n')],
  ['a JPEG XL', latin1('\xff\x0a\xfa\x1f')],
  ['an icon (ICO)', latin1('\0\0\x01\0\x01\0')],
  ['a program', latin1('\x7fELF\x02\x01\x01\0')],
  ['text', latin1('{"image": "no"}')],
  [
    'not a picture that we know',
    latin1('push graphic-context\nviewbox 0 0 640 480\nimage over 0,0 0,0 "https://x"'),
  ],
];

/** What a file of another kind is called in its refusal. */
export const strangers = heads.map(([what, bytes]) => ({ what, bytes }));

/** Files made to exhaust memory or time, to confuse, or to be two things at once. */
export async function craftedImages(base: readonly HostileFile[]): Promise<HostileFile[]> {
  const of = (name: string) =>
    base.find((picture) => picture.name === name)?.bytes ?? Buffer.alloc(0);
  const crafted: Record<string, Buffer> = {
    nothing: Buffer.alloc(0),
    'one byte': Buffer.from([0xff]),
    'signature only, jpeg': of('jpeg').subarray(0, 3),
    'signature only, png': of('png').subarray(0, 8),
    'signature only, webp': of('webp').subarray(0, 12),
    'signature only, avif': of('avif').subarray(0, 24),
    'too many bytes': Buffer.concat([of('jpeg'), Buffer.alloc(15 * 1024 * 1024)]),
    '1×1': zeroPng({ width: 1, height: 1, bitDepth: 8 }),
    '1×100,000': zeroPng({ width: 1, height: 100_000, bitDepth: 1 }),
    '79×500': zeroPng({ width: 79, height: 500, bitDepth: 8 }),
    '0×0': zeroPng({ width: 0, height: 0, bitDepth: 8 }),
    'claims 30,000×30,000': zeroPng({ width: 30_000, height: 30_000, bitDepth: 8 }, 1),
    'claims 2³¹ − 1': zeroPng({ width: 0x7fffffff, height: 0x7fffffff, bitDepth: 1 }, 0),
    'claims 8,000×8,000': zeroPng({ width: 8_000, height: 8_000, bitDepth: 8 }, 1),
    'bomb of 30,000×30,000': zeroPng({ width: 30_000, height: 30_000, bitDepth: 1 }),
    'bomb of 8,001×8,000': zeroPng({ width: 8_001, height: 8_000, bitDepth: 1 }),
    'largest allowed': zeroPng({ width: 8_000, height: 8_000, bitDepth: 1 }),
    'jpeg claims 65,000×65,000': jpegClaiming(of('jpeg'), 65_000),
    'jpeg claims 7,900×7,900': jpegClaiming(of('jpeg'), 7_900),
    'progressive jpeg with 1,000 scans': repeatLastScan(of('progressive jpeg'), 1_000),
    'webp claims 16,384×16,384': webpClaiming(of('clear webp')),
    'avif claims 60,000×60,000': avifClaiming(of('avif'), 60_000),
    'webp of 100 frames': await manyFrames(100),
    ...pngBombs(),
    ...exifOddities(of('turned jpeg')),
    ...polyglots(of('jpeg'), of('png')),
  };
  const files = Object.entries(crafted).map(([name, bytes]) => ({ name, bytes }));
  return [...files, ...heads.map(([name, head]) => ({ name, bytes: padded(head) }))];
}

function pngBombs(): Record<string, Buffer> {
  const size = { width: 100, height: 100, bitDepth: 8 } as const;
  const zeros = deflateSync(Buffer.alloc(100_000_000));
  const keyed = (type: string, key: string) =>
    pngChunk(type, Buffer.concat([latin1(`${key}\0\0`), zeros]));
  const many = Array.from({ length: 60_000 }, (_, i) => pngChunk('tEXt', latin1(`k${i}\0v`)));
  return {
    'png with a zTXt bomb': zeroPng(size, 100, [keyed('zTXt', 'Comment')]),
    'png with an iCCP bomb': zeroPng(size, 100, [keyed('iCCP', 'icc')]),
    'png with 30 zTXt bombs': zeroPng(
      size,
      100,
      Array.from({ length: 30 }, () => keyed('zTXt', 'c')),
    ),
    'png with 60,000 texts': zeroPng(size, 100, many),
    'png with 100 MB of data for 100 rows': zeroPng(size, 1_000_000),
  };
}

function exifOddities(turned: Buffer): Record<string, Buffer> {
  const tag = turned.indexOf(Buffer.from([0x12, 0x01]));
  const big = turned.indexOf(Buffer.from([0x01, 0x12]));
  const at = tag >= 0 && (big < 0 || tag < big) ? tag : big;
  const oddities = [0, 9, 255, 0xffff].map((orientation) => {
    const bytes = Buffer.from(turned);
    bytes.writeUInt16LE(orientation, at + 8);
    return [`orientation ${orientation}`, bytes] as const;
  });
  const counted = Buffer.from(turned);
  counted.writeUInt32LE(0xffffffff, at + 4);
  return { ...Object.fromEntries(oddities), 'orientation counted 2³² − 1 times': counted };
}

function polyglots(jpeg: Buffer, png: Buffer): Record<string, Buffer> {
  const pdf = latin1('%PDF-1.4\n%%EOF');
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, pdf.length + 2]), pdf]);
  const zip = latin1('PK\x03\x04malware.exePK\x05\x06');
  return {
    'jpeg and pdf': Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]),
    'png and pdf': Buffer.concat([png.subarray(0, 33), pngChunk('teXt', pdf), png.subarray(33)]),
    'jpeg and zip': Buffer.concat([jpeg, zip]),
    'jpeg and web page': Buffer.concat([jpeg, latin1('<script>alert(1)</script>')]),
    'jpeg, then png': Buffer.concat([jpeg, png]),
    'png named jpeg inside': Buffer.concat([png.subarray(0, 8), jpeg]),
  };
}

/** Frame header (SOF, ITU-T T.81 §B.2.2): marker, length, precision, height, width. */
function jpegClaiming(jpeg: Buffer, side: number): Buffer {
  const bytes = Buffer.from(jpeg);
  const at = bytes.indexOf(Buffer.from([0xff, 0xc0, 0, 0x11, 8]));
  bytes.writeUInt16BE(side, at + 5);
  bytes.writeUInt16BE(side, at + 7);
  return bytes;
}

/** Every scan is one more pass over the whole picture for the decoder. */
function repeatLastScan(jpeg: Buffer, times: number): Buffer {
  const bytes = jpegSized(jpeg, 4_000);
  const at = bytes.lastIndexOf(Buffer.from([0xff, 0xda]));
  const scan = bytes.subarray(at, bytes.length - 2);
  const scans = Array.from({ length: Math.min(times, Math.floor(12e6 / scan.length)) }, () => scan);
  return Buffer.concat([bytes.subarray(0, at), ...scans, Buffer.from([0xff, 0xd9])]);
}

function jpegSized(progressive: Buffer, side: number): Buffer {
  const bytes = Buffer.from(progressive);
  const at = bytes.indexOf(Buffer.from([0xff, 0xc2, 0, 0x11, 8]));
  bytes.writeUInt16BE(side, at + 5);
  bytes.writeUInt16BE(side, at + 7);
  return bytes;
}

/** Extended header (VP8X): three bytes each of width − 1 and height − 1. */
function webpClaiming(webp: Buffer): Buffer {
  const body = Buffer.alloc(10);
  body.writeUIntLE(16_383, 4, 3);
  body.writeUIntLE(16_383, 7, 3);
  const chunk = Buffer.concat([latin1('VP8X\x0a\0\0\0'), body]);
  const bytes = Buffer.concat([webp.subarray(0, 12), chunk, webp.subarray(12)]);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  return bytes;
}

/** Image spatial extents (`ispe`): version and flags, width, height. */
function avifClaiming(avif: Buffer, side: number): Buffer {
  const bytes = Buffer.from(avif);
  const at = bytes.indexOf('ispe');
  bytes.writeUInt32BE(side, at + 8);
  bytes.writeUInt32BE(side, at + 12);
  return bytes;
}

async function manyFrames(count: number): Promise<Buffer> {
  const frame = {
    create: { width: 100, height: 100, channels: 3, background: '#808080' },
  } as const;
  const frames = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      sharp({ create: { ...frame.create, background: { r: i % 256, g: 99, b: 99 } } })
        .png()
        .toBuffer(),
    ),
  );
  return sharp(frames, { join: { animated: true } })
    .webp({ effort: 0 })
    .toBuffer();
}

/** Writes a large 32-bit number over four places of the first kilobyte. */
function hugeNumbers(from: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(from);
  for (let i = 0; i < 4; i++) {
    const at = 8 + below(random, Math.min(1_000, bytes.length - 12));
    bytes.writeUInt32BE(pick(random, [0xffffffff, 0x7fffffff, 30_000, 0x10000, 0]), at);
  }
  return bytes;
}

/** Changes `count` bytes from `start` on: one bit each when `width` is 0, else to any value. */
function overwrite(from: Buffer, random: Random, count: number, width: number, end = from.length) {
  const bytes = Buffer.from(from);
  for (let i = 0; i < count; i++) {
    const at = below(random, Math.min(end, bytes.length));
    bytes[at] = width === 0 ? (bytes[at] ?? 0) ^ (1 << below(random, 8)) : below(random, 256);
  }
  return bytes;
}

function span(from: Buffer, random: Random, change: (part: Uint8Array) => Uint8Array): Buffer {
  return cut(from, random, (a, b, c) => [a, Buffer.from(change(Buffer.from(b))), c]);
}

function cut(
  from: Buffer,
  random: Random,
  arrange: (before: Buffer, part: Buffer, after: Buffer) => Buffer[],
): Buffer {
  const start = below(random, from.length);
  const end = start + below(random, Math.min(2_000, from.length - start) + 1);
  const parts = [from.subarray(0, start), from.subarray(start, end), from.subarray(end)] as const;
  return Buffer.concat(arrange(...parts));
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[below(random, from.length)] as T;
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function padded(head: Buffer): Buffer {
  return Buffer.concat([head, Buffer.alloc(500, 0x20)]);
}
