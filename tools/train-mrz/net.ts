import type { OnnxGraph } from '../../src/features/models/convert/onnx-graph.ts';

/** Classes: the 37 characters and "no character centred here". */
export const classes = 38;
export const blank = 37;

interface Layer {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Rows above and below, columns left and right. */
  readonly pad: readonly [number, number];
  readonly relu: boolean;
}

/**
 * Fully convolutional: a strip of 24 rows and any width in, one column of class scores for every two
 * columns out. Sees about 1.6 characters to either side. 142 278 parameters.
 */
export const layers: readonly Layer[] = [
  layer('c1', 1, 16, [3, 3], [1, 1], [1, 1]),
  layer('c2', 16, 32, [3, 3], [2, 2], [1, 1]),
  layer('c3', 32, 48, [3, 3], [2, 1], [1, 1]),
  layer('c4', 48, 64, [3, 3], [2, 1], [1, 1]),
  layer('c5', 64, 96, [3, 5], [1, 1], [0, 2]),
  { ...layer('c6', 96, classes, [1, 1], [1, 1], [0, 0]), relu: false },
];

function layer(
  name: string,
  inputs: number,
  outputs: number,
  kernel: readonly [number, number],
  stride: readonly [number, number],
  pad: readonly [number, number],
): Layer {
  return { name, inputs, outputs, kernel, stride, pad, relu: true };
}

export function weightShape({ outputs, inputs, kernel }: Layer): readonly number[] {
  return [outputs, inputs, kernel[0], kernel[1]];
}

/** Adds the layers from `strip` (N, 1, 24, W) to the returned logits (N, 38, 1, W / 2). */
export function addForward(graph: OnnxGraph): string {
  let value = 'strip';
  for (const layer of layers) {
    const { name, kernel, stride, pad } = layer;
    value = graph.node('Conv', [value, `${name}.w`, `${name}.b`], `${name}.conv`, {
      kernel_shape: kernel,
      strides: stride,
      pads: [...pad, ...pad],
    });
    if (layer.relu) value = graph.node('Relu', [value], `${name}.out`);
  }
  return value;
}

/**
 * Adds loss and gradients by hand: softmax cross-entropy against `target` (N, 38, 1, W / 2), whose columns
 * sum to their weight (0 = ignored). Outputs `loss` and `<layer>.dw`, `<layer>.db`.
 */
export function addBackward(graph: OnnxGraph, logits: string): void {
  const logs = graph.node('LogSoftmax', [logits], 'logs', { axis: 1 });
  const all = graph.ints('axes.all', [0, 1, 2, 3]);
  const total = graph.node('ReduceSum', ['target', all], 'weight.total', { keepdims: 1 });
  const picked = graph.node('Mul', ['target', logs], 'picked');
  const likelihood = graph.node('ReduceSum', [picked, all], 'likelihood', { keepdims: 1 });
  graph.node('Neg', [graph.node('Div', [likelihood, total], 'mean.likelihood')], 'loss');
  const columns = graph.node('ReduceSum', ['target', graph.ints('axes.class', [1])], 'columns', {
    keepdims: 1,
  });
  const chance = graph.node('Exp', [logs], 'chance');
  const expected = graph.node('Mul', [chance, columns], 'expected');
  let gradient = graph.node(
    'Div',
    [graph.node('Sub', [expected, 'target'], 'd.raw'), total],
    'd.logits',
  );
  for (let i = layers.length - 1; i >= 0; i--) gradient = addLayerBackward(graph, i, gradient);
}

/** Gradient of a convolution: with respect to its weights a convolution of input by gradient, to its input the transposed one. */
function addLayerBackward(graph: OnnxGraph, index: number, above: string): string {
  const layer = layers[index];
  if (!layer) throw new Error(`no layer ${index}`);
  const { name, kernel, stride, pad } = layer;
  const input = index === 0 ? 'strip' : `${layers[index - 1]?.name}.out`;
  let gradient = above;
  if (layer.relu) {
    const passed = graph.node('Sign', [`${name}.out`], `${name}.passed`);
    gradient = graph.node('Mul', [above, passed], `${name}.d`);
  }
  graph.node('ReduceSum', [gradient, graph.ints('axes.bias', [0, 2, 3])], `${name}.db`, {
    keepdims: 0,
  });
  const swap = (value: string) =>
    graph.node('Transpose', [value], `${name}.swapped.${value}`, { perm: [1, 0, 2, 3] });
  // Even sizes at stride 2: the last padded row or column is never seen, so it is left out.
  const dw = graph.node('Conv', [swap(input), swap(gradient)], `${name}.dw.swapped`, {
    dilations: stride,
    pads: [pad[0], pad[1], pad[0] - (stride[0] - 1), pad[1] - (stride[1] - 1)],
  });
  graph.node('Transpose', [dw], `${name}.dw`, { perm: [1, 0, 2, 3] });
  if (index === 0) return gradient;
  return graph.node('ConvTranspose', [gradient, `${name}.w`], `${name}.dx`, {
    kernel_shape: kernel,
    strides: stride,
    pads: [...pad, ...pad],
    output_padding: stride.map((step) => step - 1),
  });
}
