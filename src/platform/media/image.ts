import sharp, { type Sharp } from 'sharp';
import { AppError } from '../../core/errors.ts';
import type { RgbImage } from '../../core/image.ts';
import { endsEarly, type ImageFormat, sniffFormat } from './image-format.ts';

// One thread a picture: the machine is shared out by process, see docs/decisions/.
sharp.concurrency(1);
sharp.cache(false);

export interface ImageLimits {
  readonly maxBytes: number;
  readonly maxPixels: number;
  /** Shorter side, in pixels. */
  readonly minSide: number;
}

export const defaultImageLimits: ImageLimits = {
  maxBytes: 15 * 1024 * 1024,
  maxPixels: 64_000_000,
  minSide: 80,
};

/**
 * Leaves libvips only the decoders that we offer. Process-wide, and meant for vision processes: files of strangers
 * are opened nowhere else.
 */
export function restrictDecoders(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  const offered = ['JpegBuffer', 'PngBuffer', 'WebpBuffer', 'HeifBuffer'];
  sharp.unblock({ operation: offered.map((loader) => `VipsForeignLoad${loader}`) });
}

/**
 * Decodes JPEG, PNG, WebP or AVIF. All limits hold before a pixel is decoded; EXIF orientation is applied, alpha
 * flattened onto white, colours are sRGB, of an animation the first frame counts. `name` is the input's name in
 * refusals.
 * @throws AppError image_missing | image_format_unsupported | image_too_large | image_too_small | image_unreadable
 */
export async function decodeImage(
  bytes: Uint8Array,
  name: string,
  limits: Partial<ImageLimits> = {},
): Promise<RgbImage> {
  const effective = { ...defaultImageLimits, ...limits };
  const format = checkFile(bytes, name, effective);
  try {
    // Reads the header only; the limit is ours to check, so that the refusal can name the size.
    const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
    checkSize(width, height, name, effective);
    const picture = sharp(bytes, {
      // Damage that a decoder would paper over with grey is refused: a face would be judged on it.
      failOn: 'error',
      limitInputPixels: effective.maxPixels,
      autoOrient: true,
    });
    const { data, info } = await picture
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`${info.channels} channels`);
    return { data, width: info.width, height: info.height };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unreadable(bytes, format, name);
  }
}

/** `quality` 1…100. */
export async function encodeJpeg(image: RgbImage, quality = 90): Promise<Uint8Array> {
  return fromRgb(image).jpeg({ quality, mozjpeg: false }).toBuffer();
}

export async function encodePng(image: RgbImage): Promise<Uint8Array> {
  return fromRgb(image).png().toBuffer();
}

function fromRgb({ data, width, height }: RgbImage): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

function checkFile(bytes: Uint8Array, name: string, limits: ImageLimits): ImageFormat {
  if (bytes.length === 0) {
    throw new AppError('image_missing', `\`${name}\`: the file is empty (0 bytes); send a picture`);
  }
  if (bytes.length > limits.maxBytes) {
    const detail = `\`${name}\`: ${megabytes(bytes.length)} MB; at most ${megabytes(limits.maxBytes)} MB are accepted`;
    throw new AppError('image_too_large', detail);
  }
  const sniffed = sniffFormat(bytes);
  if (!sniffed.accepted) {
    const detail = `\`${name}\`: this is ${sniffed.what}; send JPEG, PNG, WebP or AVIF`;
    throw new AppError('image_format_unsupported', detail);
  }
  return sniffed.format;
}

function checkSize(width: number, height: number, name: string, limits: ImageLimits): void {
  const size = `\`${name}\`: ${width} × ${height} pixels`;
  if (width * height > limits.maxPixels) {
    const detail = `${size}; at most ${limits.maxPixels / 1e6} megapixels are accepted`;
    throw new AppError('image_too_large', detail);
  }
  if (Math.min(width, height) < limits.minSide) {
    const detail = `${size}; at least ${limits.minSide} pixels on each side are needed`;
    throw new AppError('image_too_small', detail);
  }
}

function unreadable(bytes: Uint8Array, format: ImageFormat, name: string): AppError {
  const fault = endsEarly(bytes, format)
    ? 'the file ends in the middle of the picture; send it complete'
    : `the ${format} data is damaged; send the original file or save it again`;
  return new AppError('image_unreadable', `\`${name}\`: ${fault}`);
}

function megabytes(bytes: number): string {
  return (bytes / (1024 * 1024)).toFixed(bytes % (1024 * 1024) === 0 ? 0 : 1);
}
