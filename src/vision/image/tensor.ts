import type { RgbImage } from '../../core/image.ts';
import type { ModelInputSpec, Tensor } from '../../core/model.ts';

/** Interleaved bytes to the model's input: order, layout and `(pixel − mean) / std` as its card says; batch of 1. */
export function toTensor({ data, width, height }: RgbImage, spec: ModelInputSpec): Tensor {
  const planar = spec.layout === 'NCHW';
  const out = new Float32Array(data.length);
  const plane = width * height;
  const step = planar ? 1 : 3;
  for (let c = 0; c < 3; c++) {
    const mean = spec.mean[c] as number;
    const factor = 1 / (spec.std[c] as number);
    const source = spec.order === 'RGB' ? c : 2 - c;
    let o = planar ? c * plane : c;
    for (let i = source; i < data.length; i += 3, o += step) {
      out[o] = ((data[i] as number) - mean) * factor;
    }
  }
  const shape = planar ? [1, 3, height, width] : [1, height, width, 3];
  return { data: out, shape };
}

/**
 * Side of the square that the model takes.
 * @throws RangeError when the declared shape is not a square of a known side.
 */
export function inputSide({ shape, layout }: ModelInputSpec): number {
  const [height, width] = layout === 'NCHW' ? [shape[2], shape[3]] : [shape[1], shape[2]];
  if (typeof height !== 'number' || height !== width) {
    throw new RangeError(`Expected a square input, got [${shape.join(', ')}]`);
  }
  return height;
}
