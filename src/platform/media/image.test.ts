import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { zeroPng } from '../../../test/support/png.ts';
import { decodeImage, encodeJpeg, encodePng } from './image.ts';
import { endsEarly, sniffFormat } from './image-format.ts';

/** Left half red, right half blue. */
const halves = (width = 120, height = 90) =>
  sharp({ create: { width, height, channels: 3, background: '#f00' } }).composite([
    {
      input: { create: { width: width / 2, height, channels: 3, background: '#00f' } },
      gravity: 'east',
    },
  ]);
const pixel = (image: { data: Uint8Array; width: number }, x: number, y: number) => [
  ...image.data.subarray((y * image.width + x) * 3, (y * image.width + x) * 3 + 3),
];
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'decoded',
    (error) => error,
  );

describe('decodeImage', () => {
  it.each([
    ['JPEG', () => halves().jpeg({ quality: 100, chromaSubsampling: '4:4:4' })],
    ['PNG', () => halves().png()],
    ['16-bit PNG', () => halves().toColourspace('rgb16').png()],
    ['WebP', () => halves().webp({ lossless: true })],
    ['AVIF', () => halves().avif({ lossless: true, effort: 0 })],
  ])('decodes %s to sRGB bytes', async (_, make) => {
    const image = await decodeImage(await make().toBuffer(), 'selfie');
    expect(image).toMatchObject({ width: 120, height: 90 });
    expect(image.data).toHaveLength(120 * 90 * 3);
    const [r = 0, , b = 255] = pixel(image, 20, 45);
    expect(r - b).toBeGreaterThan(200);
    const [r2 = 255, , b2 = 0] = pixel(image, 100, 45);
    expect(b2 - r2).toBeGreaterThan(200);
  });

  it('turns what the camera held sideways', async () => {
    const bytes = await halves().withMetadata({ orientation: 6 }).png().toBuffer();
    const image = await decodeImage(bytes, 'selfie');
    // Orientation 6: the file's left edge is the top of the scene.
    expect(image).toMatchObject({ width: 90, height: 120 });
    expect([pixel(image, 45, 5), pixel(image, 45, 115)]).toEqual([
      [255, 0, 0],
      [0, 0, 255],
    ]);
  });

  it('lays clear pictures onto white, and makes grey ones colour', async () => {
    const clear = { create: { width: 90, height: 90, channels: 4, background: '#0000' } } as const;
    const white = await decodeImage(await sharp(clear).png().toBuffer(), 'selfie');
    expect(pixel(white, 40, 40)).toEqual([255, 255, 255]);
    const grey = await decodeImage(zeroPng({ width: 90, height: 90, bitDepth: 8 }), 'selfie');
    expect(grey.data).toEqual(Buffer.alloc(90 * 90 * 3));
  });

  it('takes the first frame of an animation', async () => {
    const frames = await Promise.all(
      ['#f00', '#00f'].map((background) =>
        sharp({ create: { width: 90, height: 90, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    );
    const bytes = await sharp(frames, { join: { animated: true } })
      .webp({ lossless: true })
      .toBuffer();
    const image = await decodeImage(bytes, 'selfie');
    expect(image.height).toBe(90);
    expect(pixel(image, 1, 1)).toEqual([255, 0, 0]);
  });

  it('names input, fault and way out in every refusal', async () => {
    const jpeg = await halves().jpeg().toBuffer();
    const damaged = Buffer.from(jpeg);
    damaged.fill(0xff, 20, 150);
    const cases: [Uint8Array, string, string][] = [
      [new Uint8Array(), 'image_missing', '`selfie`: the file is empty (0 bytes); send a picture'],
      [
        jpeg.subarray(0, jpeg.length / 2),
        'image_unreadable',
        '`selfie`: the file ends in the middle of the picture; send it complete',
      ],
      [
        damaged,
        'image_unreadable',
        '`selfie`: the JPEG data is damaged; send the original file or save it again',
      ],
      [
        Buffer.from('GIF89a'),
        'image_format_unsupported',
        '`selfie`: this is a GIF; send JPEG, PNG, WebP or AVIF',
      ],
      [
        zeroPng({ width: 79, height: 200, bitDepth: 8 }),
        'image_too_small',
        '`selfie`: 79 × 200 pixels; at least 80 pixels on each side are needed',
      ],
      [
        zeroPng({ width: 30_000, height: 30_000, bitDepth: 8 }, 1),
        'image_too_large',
        '`selfie`: 30000 × 30000 pixels; at most 64 megapixels are accepted',
      ],
      [
        new Uint8Array(16 * 1024 * 1024),
        'image_too_large',
        '`selfie`: 16 MB; at most 15 MB are accepted',
      ],
    ];
    for (const [bytes, code, message] of cases) {
      expect(await refusal(decodeImage(bytes, 'selfie'))).toMatchObject({ code, message });
    }
  });

  it('keeps other limits where it is given some', async () => {
    const tiny = zeroPng({ width: 20, height: 20, bitDepth: 8 });
    expect(await decodeImage(tiny, 'chip', { minSide: 1 })).toMatchObject({ width: 20 });
    expect(await refusal(decodeImage(tiny, 'chip', { minSide: 1, maxPixels: 399 }))).toMatchObject({
      code: 'image_too_large',
    });
  });

  it('gives back what it encoded', async () => {
    const image = await decodeImage(await halves().png().toBuffer(), 'selfie');
    expect(await decodeImage(await encodePng(image), 'again')).toEqual(image);
    const jpeg = await encodeJpeg(image, 95);
    expect(sniffFormat(jpeg)).toEqual({ accepted: true, format: 'JPEG' });
    expect((await decodeImage(jpeg, 'again')).width).toBe(120);
  });
});

describe('sniffFormat', () => {
  const iso = (...brands: string[]) => {
    const body = Buffer.from(`ftyp${brands[0]}\0\0\0\0${brands.slice(1).join('')}`, 'latin1');
    const size = Buffer.alloc(4);
    size.writeUInt32BE(body.length + 4);
    return Buffer.concat([size, body]);
  };

  it.each([
    [iso('avif', 'mif1'), { accepted: true, format: 'AVIF' }],
    [iso('mif1', 'avif', 'miaf'), { accepted: true, format: 'AVIF' }],
    [iso('mif1', 'heic'), { accepted: false, what: 'a HEIC' }],
    [iso('isom', 'avc1'), { accepted: false, what: 'a video' }],
    [
      Buffer.from('\xff\xd8\xff\xe0 %PDF-1.4', 'latin1'),
      { accepted: false, what: 'a PDF disguised as JPEG' },
    ],
    [Buffer.from('<svg/>'), { accepted: false, what: 'an SVG' }],
    [Buffer.from('<?xml version="1.0"?>\n<svg/>'), { accepted: false, what: 'an SVG' }],
    [Buffer.from('hello'), { accepted: false, what: 'not a picture that we know' }],
  ])('goes by content (%#)', (bytes, expected) => {
    expect(sniffFormat(bytes)).toEqual(expected);
  });

  it.each([
    ['JPEG', () => halves().jpeg()],
    ['PNG', () => halves().png()],
    ['WebP', () => halves().webp()],
    ['AVIF', () => halves().avif({ effort: 0 })],
  ] as const)('tells a cut %s from a whole one', async (format, make) => {
    const bytes = await make().toBuffer();
    expect(endsEarly(bytes, format)).toBe(false);
    expect(endsEarly(bytes.subarray(0, bytes.length - 20), format)).toBe(true);
  });
});
