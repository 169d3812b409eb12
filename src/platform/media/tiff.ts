import sharp from 'sharp';
import type { RgbImage } from '../../core/image.ts';

/**
 * Pixels of a TIFF, the format of older text data sets; only evaluations of the operator's own files read it, never
 * a vision process. Undefined when the bytes are no TIFF.
 */
export async function decodeTiff(bytes: Uint8Array): Promise<RgbImage | undefined> {
  const magic = Buffer.from(bytes.subarray(0, 4)).toString('hex');
  if (magic !== '49492a00' && magic !== '4d4d002a') return undefined;
  const { data, info } = await sharp(bytes)
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
