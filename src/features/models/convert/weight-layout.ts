/** TensorFlow keeps channels last (HWIO filters, NHWC values), ONNX channels first (OIHW, NCHW). */

export interface FloatTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Convolution filters [height, width, in, out] → [out, in, height, width]. */
export function toOihw({ shape, data }: FloatTensor): FloatTensor {
  const [height = 0, width = 0, inputs = 0, outputs = 0] = shape;
  const result = new Float32Array(data.length);
  let to = 0;
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      for (let at = 0; at < height * width; at++) {
        result[to++] = data[(at * inputs + i) * outputs + o] ?? 0;
      }
    }
  }
  return { shape: [outputs, inputs, height, width], data: result };
}

/** Depthwise filters [height, width, in, multiplier] → [in × multiplier, 1, height, width]. */
export function depthwiseToOihw({ shape, data }: FloatTensor): FloatTensor {
  const [height = 0, width = 0, inputs = 0, multiplier = 0] = shape;
  const whole = toOihw({ shape: [height, width, 1, inputs * multiplier], data });
  return whole;
}

/** Paddings [[before, after], …] in NHWC → ONNX `pads`: all befores, then all afters, in NCHW. */
export function paddingsToNchw(pairs: readonly number[]): number[] {
  const order = [0, 3, 1, 2];
  return [
    ...order.map((axis) => pairs[axis * 2] ?? 0),
    ...order.map((axis) => pairs[axis * 2 + 1] ?? 0),
  ];
}
