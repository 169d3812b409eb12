import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { RgbImage } from '../../src/core/image.ts';
import { readNetpbm } from '../../src/features/evaluation/netpbm.ts';

/** A contestant: pixels in, the embedding of the picture's main face out. */
export interface FaceEngine {
  readonly name: string;
  embed(image: RgbImage): Promise<Float32Array | undefined>;
}

export type EngineName = 'bonafide' | 'face-api' | 'human';

/** What a contestant's process answers for one picture; times are those of `embed` alone. */
export interface EmbedAnswer {
  readonly file: string;
  readonly vector: Float32Array | undefined;
  readonly wallMs: number;
  readonly cpuMs: number;
}

export async function readPixels(file: string): Promise<RgbImage> {
  const bytes = await readFile(file);
  const old = readNetpbm(bytes);
  if (old) return old;
  const { data, info } = await sharp(bytes)
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
}

export function euclidean(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return Math.sqrt(sum);
}
