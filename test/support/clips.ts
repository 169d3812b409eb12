import type { RgbImage } from '../../src/core/image.ts';
import type { VideoEncoding } from '../../src/core/video.ts';
import { createVideoEncoder } from '../../src/platform/media/encode-video.ts';

export interface ClipOptions extends Partial<VideoEncoding> {
  /** Start of each frame. */
  readonly timesMs?: readonly number[];
}

/** Brightness of frame `index`: tells frames apart after coding. */
export function greyOf(index: number): number {
  return 30 + 15 * (index % 12);
}

/** A grey picture with a red square in its top left corner. */
export function markedPicture(width: number, height: number, grey: number): RgbImage {
  const data = new Uint8Array(width * height * 3).fill(grey);
  for (let y = 0; y < height / 4; y++) {
    for (let x = 0; x < width / 4; x++) data.set([220, 20, 20], (y * width + x) * 3);
  }
  return { data, width, height };
}

/** A clip of which every frame can be recognised: 12 frames at 10 a second unless said otherwise. */
export async function makeClip(options: ClipOptions = {}): Promise<Buffer> {
  const { width = 128, height = 96, codec = 'VP9', quality = 20 } = options;
  const { timesMs = Array.from({ length: 12 }, (_, i) => i * 100) } = options;
  const encoder = await createVideoEncoder({ width, height, codec, quality });
  for (const [index, timeMs] of timesMs.entries()) {
    encoder.add({ image: markedPicture(width, height, greyOf(index)), timeMs });
  }
  return Buffer.from(encoder.finish());
}

/** Replaces every occurrence of a piece of text of the same length. */
export function patched(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');
}
