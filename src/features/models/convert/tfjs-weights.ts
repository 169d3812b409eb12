import { z } from 'zod';
import { AppError } from '../../../core/errors.ts';

/** One tensor of a TensorFlow.js weight manifest. Quantised entries hold `byte × scale + min`. */
const WeightEntry = z.object({
  name: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  dtype: z.enum(['float32', 'int32']),
  quantization: z
    .discriminatedUnion('dtype', [
      z.object({ dtype: z.literal('uint8'), scale: z.number(), min: z.number() }),
      z.object({ dtype: z.literal('float16') }),
    ])
    .optional(),
});
type WeightEntry = z.infer<typeof WeightEntry>;

export const WeightManifest = z
  .array(z.object({ paths: z.array(z.string()).min(1), weights: z.array(WeightEntry) }))
  .min(1);
export type WeightManifest = z.infer<typeof WeightManifest>;

export interface WeightTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/**
 * Reads all tensors of a manifest. `shards` maps each path of the manifest to its bytes;
 * entries lie one after the other in manifest order, over the shards of their group.
 * @throws AppError model_conversion_failed when the bytes do not fit the manifest exactly
 */
export function readWeights(
  manifest: WeightManifest,
  shards: ReadonlyMap<string, Uint8Array>,
): Map<string, WeightTensor> {
  const tensors = new Map<string, WeightTensor>();
  for (const group of manifest) {
    const bytes = Buffer.concat(group.paths.map((path) => shards.get(path) ?? missing(path)));
    let offset = 0;
    for (const entry of group.weights) {
      const count = entry.shape.reduce((product, size) => product * size, 1);
      const end = offset + count * bytesPerElement(entry);
      if (end > bytes.length) throw misfit(`${entry.name} ends at ${end} of ${bytes.length} bytes`);
      const view = new DataView(bytes.buffer, bytes.byteOffset + offset, end - offset);
      tensors.set(entry.name, { shape: entry.shape, data: decode(entry, count, view) });
      offset = end;
    }
    if (offset !== bytes.length) throw misfit(`${bytes.length - offset} bytes are left over`);
  }
  return tensors;
}

function bytesPerElement({ quantization }: WeightEntry): number {
  if (quantization?.dtype === 'uint8') return 1;
  return quantization?.dtype === 'float16' ? 2 : 4;
}

function decode(entry: WeightEntry, count: number, view: DataView): Float32Array | Int32Array {
  const { dtype, quantization } = entry;
  if (dtype === 'int32') {
    if (quantization) throw misfit(`${entry.name}: quantised integers are not supported`);
    return Int32Array.from({ length: count }, (_, i) => view.getInt32(i * 4, true));
  }
  const read = floatReader(quantization, view);
  const data = new Float32Array(count);
  for (let i = 0; i < count; i++) data[i] = read(i);
  return data;
}

function floatReader(
  quantization: WeightEntry['quantization'],
  view: DataView,
): (index: number) => number {
  if (quantization === undefined) return (i) => view.getFloat32(i * 4, true);
  if (quantization.dtype === 'float16') return (i) => halfToNumber(view.getUint16(i * 2, true));
  const { scale, min } = quantization;
  return (i) => view.getUint8(i) * scale + min;
}

/** IEEE 754 binary16: sign, 5 bits of exponent (bias 15), 10 bits of fraction. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function missing(path: string): never {
  throw misfit(`the shard ${path} is missing`);
}

function misfit(detail: string): AppError {
  return new AppError(
    'model_conversion_failed',
    `The weights do not fit their manifest: ${detail}`,
  );
}
